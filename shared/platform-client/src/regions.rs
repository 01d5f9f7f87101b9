/// The other regions of a cloud than the one at `host`, as addresses in a row; `None` where the host is none of them.
///
/// A key belongs to one region. People are told of the others, and none is asked: a key is sent to no host but its own.
#[must_use]
pub fn other_regions(regions: &[&str], host: &str) -> Option<String> {
    let is_here = |region: &&&str| host.eq_ignore_ascii_case(region);
    regions.iter().find(is_here)?;
    let others: Vec<String> =
        regions.iter().filter(|region| !is_here(region)).map(|region| format!("https://{region}")).collect();
    Some(others.join(", "))
}
