-- Where each simulation's spans come from. Two imports of one call, or an import beside native spans, count every call twice.
SELECT
    Simulation AS simulation,
    ServiceName AS service,
    Import AS import,
    max(toUInt32OrZero(ResourceAttributes['coval.attempt'])) AS attempt,
    count() AS spans
FROM ({spans})
GROUP BY simulation, service, import
ORDER BY simulation, service, import
LIMIT {limit:UInt64}
