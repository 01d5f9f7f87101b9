//! Sections of `docs/REFERENCE.md` that are made from the code: whoever has a table there includes this file in a test,
//!
//! ```ignore
//! #[path = "../../../tests/documents/section.rs"]
//! mod section;
//! ```
//!
//! and calls [`check`]. A section stands between `<!-- begin NAME -->` and `<!-- end NAME -->`.

use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

const DOCUMENT: &str = "docs/REFERENCE.md";
/// Set, it lets the tests write the document in place of comparing.
const SWITCH: &str = "UPDATE_REFERENCE";
/// Tests of one program write one after the other.
static DOCUMENT_LOCK: Mutex<()> = Mutex::new(());

/// Compares the section `name` with what the code says; writes it where the switch is set.
///
/// `manifest_folder` is the caller's `CARGO_MANIFEST_DIR`, two folders below the repository.
pub(crate) fn check(manifest_folder: &str, name: &str, wanted: &str) {
    let _alone = DOCUMENT_LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    let path = Path::new(manifest_folder).join("../..").join(DOCUMENT);
    let document = fs::read_to_string(&path).unwrap();
    let (begin, end) = (format!("<!-- begin {name} -->\n"), format!("<!-- end {name} -->"));
    let (before, rest) = document.split_once(&begin).unwrap_or_else(|| panic!("{DOCUMENT} has no section {name}"));
    let (section, after) = rest.split_once(&end).unwrap_or_else(|| panic!("section {name} of {DOCUMENT} has no end"));
    if section == wanted {
        return;
    }
    if std::env::var_os(SWITCH).is_some() {
        return fs::write(&path, format!("{before}{begin}{wanted}{end}{after}")).unwrap();
    }
    panic!(
        "section {name} of {DOCUMENT} is not what the code says. Write it: {SWITCH}=1 cargo test --workspace\n{wanted}"
    );
}

/// A Markdown table, each row a line.
pub(crate) fn table(heads: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let heads: Vec<String> = heads.iter().map(ToString::to_string).collect();
    let rule = format!("|{}\n", "---|".repeat(heads.len()));
    let rows: String = rows.into_iter().map(|row| line(&row)).collect();
    format!("{}{rule}{rows}", line(&heads))
}

/// A name as code.
pub(crate) fn code(name: &str) -> String {
    format!("`{name}`")
}
