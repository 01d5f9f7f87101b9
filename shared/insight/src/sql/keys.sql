-- The names of attributes, and on how many rows each is. Never a value.
SELECT place, key, count() AS rows
FROM (
    SELECT entry.1 AS place, entry.2 AS key
    FROM ({rows})
    ARRAY JOIN arrayConcat(
        arrayMap(key -> ('resource', CAST(key AS String)), mapKeys(ResourceAttributes)),
        arrayMap(key -> ('span', CAST(key AS String)), mapKeys(SpanAttributes))) AS entry
    WHERE {service:String} = '' OR ServiceName = {service:String}
)
GROUP BY place, key
ORDER BY place, rows DESC, key
LIMIT {limit:UInt64}
