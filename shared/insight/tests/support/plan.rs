/// How many granules one read of a table comes down to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Read {
    /// All that the table has.
    pub(crate) all: u64,
    /// What the sort key leaves.
    pub(crate) after_primary_key: u64,
    /// What is read in the end.
    pub(crate) in_the_end: u64,
}

/// The reads of an `EXPLAIN indexes = 1`: index after index, each says what it leaves of what it got.
pub(crate) fn reads(plan: &str) -> Vec<Read> {
    let mut reads: Vec<Read> = Vec::new();
    let mut is_primary_key = false;
    for line in plan.lines().map(str::trim) {
        match (line, line.strip_prefix("Granules: ").and_then(|counts| counts.split_once('/'))) {
            ("PrimaryKey", _) => is_primary_key = true,
            ("Skip", _) => is_primary_key = false,
            (_, Some((left, of))) => {
                let (left, of) = (left.parse().expect("a number"), of.parse().expect("a number"));
                let read = reads.last_mut().expect("granules are of a read");
                read.all = read.all.max(of);
                read.in_the_end = left;
                if is_primary_key {
                    read.after_primary_key = left;
                }
            }
            _ if line.starts_with("ReadFromMergeTree") => {
                reads.push(Read { all: 0, after_primary_key: 0, in_the_end: u64::MAX });
            }
            _ => {}
        }
    }
    reads
}
