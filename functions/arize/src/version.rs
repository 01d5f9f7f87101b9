use std::fmt;
use std::str::FromStr;

/// A Phoenix release, as the header `x-phoenix-server-version` names it (contract phoenix §1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version {
    major: u32,
    minor: u32,
    patch: u32,
}

impl Version {
    /// Before this one, the spans of other projects are told too.
    pub(crate) const KEEPS_PROJECTS_APART: Self = Self::of(11, 6);
    /// Since this one, `trace_id=` is a filter.
    pub(crate) const FILTERS_TRACES: Self = Self::of(13, 9);
    /// Since this one, `attribute=` is a filter.
    pub(crate) const FILTERS_ATTRIBUTES: Self = Self::of(14, 9);

    const fn of(major: u32, minor: u32) -> Self {
        Self { major, minor, patch: 0 }
    }
}

impl FromStr for Version {
    type Err = ();

    /// Reads `20.26.1`; what stands behind the numbers (`rc1`) is passed over.
    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = |part: &str| part.split(|character: char| !character.is_ascii_digit()).next().map(str::to_owned);
        let mut numbers = text.trim().split('.').map(|part| digits(part)?.parse::<u32>().ok());
        let major = numbers.next().flatten().ok_or(())?;
        let minor = numbers.next().flatten().unwrap_or(0);
        let patch = numbers.next().flatten().unwrap_or(0);
        Ok(Self { major, minor, patch })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}
