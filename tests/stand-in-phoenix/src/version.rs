use std::fmt;

/// The release of Phoenix that is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(u32, u32, u32);

/// What came with which release.
impl Version {
    pub(crate) const READINESS: Self = Self::new(8, 27, 0);
    pub(crate) const PROJECTS: Self = Self::new(8, 23, 0);
    pub(crate) const PROJECTS_BY_NAME: Self = Self::new(8, 24, 0);
    pub(crate) const OTLP_SPANS: Self = Self::new(10, 1, 0);
    pub(crate) const SPANS: Self = Self::new(10, 6, 0);
    /// Before it, the spans of every project were told whichever was asked for.
    pub(crate) const KEEPS_PROJECTS_APART: Self = Self::new(11, 6, 0);
    pub(crate) const TRACE_ID: Self = Self::new(13, 9, 0);
    pub(crate) const PARENT_ID: Self = Self::new(13, 12, 0);
    /// And with it the filters by kind and by status.
    pub(crate) const NAME: Self = Self::new(13, 15, 0);
    pub(crate) const ATTRIBUTE: Self = Self::new(14, 9, 0);
    pub(crate) const NAME_CONTAINS: Self = Self::new(17, 16, 0);
    pub(crate) const SPAN_ID: Self = Self::new(19, 6, 0);
    pub(crate) const ORDER: Self = Self::new(20, 16, 0);
    /// Of what no release has.
    pub(crate) const NEVER: Self = Self::new(u32::MAX, 0, 0);

    /// A release by its numbers.
    #[must_use]
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self(major, minor, patch)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(major, minor, patch) = self;
        write!(out, "{major}.{minor}.{patch}")
    }
}
