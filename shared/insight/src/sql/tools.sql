-- Tool calls by tool, for each simulation and for all of them together.
SELECT
    Simulation AS simulation,
    toUInt8(grouping(Simulation)) AS is_of_all,
    Tool AS tool,
    count() AS calls,
    countIf(StatusCode = 'Error') AS errors,
    avg(Duration) / 1e9 AS average_seconds
FROM ({spans})
WHERE Name = 'llm_tool_call'
GROUP BY GROUPING SETS ((Simulation, Tool), (Tool))
ORDER BY is_of_all DESC, simulation, calls DESC, tool
LIMIT {limit:UInt64}
