use std::fmt;

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

    /// Since this one, `sort=` and `order=` are heard.
    pub(crate) const SORTS: Self = Self::of(20, 16);

    pub(crate) const fn of_release([major, minor, patch]: [u32; 3]) -> Self {
        Self { major, minor, patch }
    }

    const fn of(major: u32, minor: u32) -> Self {
        Self { major, minor, patch: 0 }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}
