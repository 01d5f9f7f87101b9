-- Rows of each simulation's highest attempt, by the readers' rule (shared/trace-store/src/highest_attempt.sql).
SELECT *
FROM ({bounded})
{highest_attempt}
