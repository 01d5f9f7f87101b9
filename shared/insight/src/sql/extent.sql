-- When there are rows at all, whatever attempt they are of. Everything else is asked between these two moments (docs/adr/0030-when-a-question-looks.md).
SELECT
    count() AS rows,
    toUnixTimestamp64Nano(min(Timestamp)) AS first,
    toUnixTimestamp64Nano(max(Timestamp)) AS last
FROM ({bounded})
