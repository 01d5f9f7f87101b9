//! What came with which release of Phoenix, as the header `x-phoenix-server-version` names it: major, minor, patch.

/// Before this one, the spans of other projects are told too.
pub(crate) const KEEPS_PROJECTS_APART: [u32; 3] = [11, 6, 0];
/// Since this one, `trace_id=` is a filter.
pub(crate) const FILTERS_TRACES: [u32; 3] = [13, 9, 0];
/// Since this one, `attribute=` is a filter.
pub(crate) const FILTERS_ATTRIBUTES: [u32; 3] = [14, 9, 0];
/// Since this one, `sort=` and `order=` are obeyed.
pub(crate) const SORTS: [u32; 3] = [20, 16, 0];
