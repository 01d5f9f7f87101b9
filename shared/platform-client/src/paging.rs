use std::collections::HashSet;

use spanlift_model::PlatformError;

/// Longer than any platform's cursor.
const LONGEST_CURSOR: usize = 8 * 1024;

/// Follows cursors and sees to it that paging ends, whatever the platform answers.
#[derive(Debug, Default)]
pub struct PagingGuard {
    seen: HashSet<String>,
}

/// How paging goes on after a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextPage<'a> {
    /// Ask for this one.
    Cursor(&'a str),
    /// That was the last one.
    End,
    /// The platform has more pages, but this one held nothing new: what it would go on with is not worth asking for.
    /// The reading is not known to be whole.
    Stalled,
}

impl PagingGuard {
    /// What to do after a page that named `cursor` as the next one; `has_news` when it held a row not read before.
    /// No cursor, or an empty one, is the end.
    ///
    /// # Errors
    /// [`PlatformError::Malformed`] for a cursor that was followed before, or one longer than 8 KiB.
    pub fn next<'a>(&mut self, cursor: Option<&'a str>, has_news: bool) -> Result<NextPage<'a>, PlatformError> {
        let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) else {
            return Ok(NextPage::End);
        };
        if cursor.len() > LONGEST_CURSOR {
            return Err(malformed("the platform's cursor to the next page is longer than 8 KiB"));
        }
        if !self.seen.insert(cursor.to_owned()) {
            return Err(malformed("the platform's cursor leads back to a page that was read already"));
        }
        Ok(if has_news { NextPage::Cursor(cursor) } else { NextPage::Stalled })
    }
}

fn malformed(problem: &str) -> PlatformError {
    PlatformError::Malformed { problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_cursors_to_the_end() {
        let mut guard = PagingGuard::default();
        assert_eq!(guard.next(Some("a"), true), Ok(NextPage::Cursor("a")));
        assert_eq!(guard.next(Some("b"), true), Ok(NextPage::Cursor("b")));
        assert_eq!(guard.next(None, false), Ok(NextPage::End));
        assert_eq!(guard.next(Some(""), true), Ok(NextPage::End));
    }

    #[test]
    fn ends_at_a_repeated_cursor_even_one_of_long_ago() {
        let mut guard = PagingGuard::default();
        for cursor in ["a", "b", "c"] {
            guard.next(Some(cursor), true).unwrap();
        }
        let error = guard.next(Some("a"), true).unwrap_err();
        assert!(matches!(error, PlatformError::Malformed { .. }));
    }

    #[test]
    fn marks_a_page_without_news() {
        assert_eq!(PagingGuard::default().next(Some("a"), false), Ok(NextPage::Stalled));
    }

    #[test]
    fn refuses_an_endless_cursor_without_repeating_it() {
        let mut guard = PagingGuard::default();
        let cursor = "x".repeat(LONGEST_CURSOR);
        assert_eq!(guard.next(Some(&cursor), true), Ok(NextPage::Cursor(&cursor)));
        let error = guard.next(Some(&"x".repeat(LONGEST_CURSOR + 1)), true).unwrap_err();
        assert!(!error.to_string().contains("xx"));
    }
}
