//! Bodies taken apart into rows.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::ops::Range;
use std::sync::Arc;

use spanlift_model::PlatformError;
use spanlift_model::json::{each_member, items, string, to_text};
use spanlift_platform_client::{Response, aside};

use crate::api::malformed;
use crate::fields::{Nameless, Sought};
use crate::row::{Detail, Entry};
use crate::trace_row::TraceRow;

/// Rows that were read, and those that were not.
#[derive(Debug)]
pub(crate) struct Page<R> {
    pub(crate) rows: Vec<R>,
    /// Rows that are there, and of which not even the ids can be read, or that the server could not be brought to tell.
    pub(crate) nameless: Vec<Nameless>,
    pub(crate) bytes: usize,
    /// v1: how many rows there are in all, those that were not merged too.
    pub(crate) items: usize,
}

/// What a page was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    /// Rows; a page that holds more is none.
    pub(crate) rows: usize,
    pub(crate) detail: Detail,
    pub(crate) sought: Arc<Sought>,
}

/// Something that is read from a row.
pub(crate) trait ReadRow: Sized + Send + 'static {
    /// Reads a row.
    ///
    /// # Errors
    /// What is known of it, where it has no ids.
    fn read(json: &str, form: &Form) -> Result<Self, Nameless>;

    /// What tells it from all others, earlier states of the same thing too.
    fn version(&self) -> impl Hash;
}

impl ReadRow for Entry {
    fn read(json: &str, form: &Form) -> Result<Self, Nameless> {
        Self::read(json, &form.sought, form.detail)
    }

    fn version(&self) -> impl Hash {
        match self {
            Self::Row(row) => (&row.trace_id, &row.id, row.updated_at),
            Self::Outline(outlined) => (&outlined.outline.trace_id, &outlined.outline.span_id, None),
        }
    }
}

impl ReadRow for TraceRow {
    fn read(json: &str, form: &Form) -> Result<Self, Nameless> {
        Self::read(json, &form.sought)
    }

    fn version(&self) -> impl Hash {
        &self.id
    }
}

/// The rows of the pages so far.
#[derive(Debug, Default)]
pub(crate) struct Told {
    rows: HashSet<u64>,
    hasher: RandomState,
}

impl Told {
    /// How many rows of the next page were told by a page before it.
    pub(crate) fn again<R: ReadRow>(&mut self, page: &Page<R>) -> usize {
        let rows: Vec<u64> = page.rows.iter().map(|row| self.hasher.hash_one(row.version())).collect();
        let again = rows.iter().filter(|row| self.rows.contains(row)).count();
        self.rows.extend(rows);
        again
    }

    /// How many different rows there were.
    pub(crate) fn count(&self) -> usize {
        self.rows.len()
    }
}

/// A page of a listing of which the rows are not read yet.
#[derive(Debug)]
pub(crate) struct Opened {
    answer: Response,
    /// Where in its body they are.
    rows: Vec<Range<usize>>,
    form: Form,
    /// v2: where the next page begins.
    pub(crate) cursor: Option<String>,
    items: usize,
}

impl Opened {
    /// Takes a page of a listing of either API apart into rows.
    ///
    /// # Errors
    /// [`PlatformError::Malformed`] when it is no page.
    pub(crate) async fn open(answer: Response, form: Form) -> Result<Self, PlatformError> {
        aside(answer.body().len(), move || Self::of_answer(answer, form)).await.flatten().ok_or_else(no_page)
    }

    /// Bytes of the page.
    pub(crate) fn bytes(&self) -> usize {
        self.answer.body().len()
    }

    /// Reads the rows.
    ///
    /// # Errors
    /// None that a page can cause: the work panicked.
    pub(crate) async fn rows<R: ReadRow>(self) -> Result<Page<R>, PlatformError> {
        aside(self.bytes(), move || self.read_rows()).await.flatten().ok_or_else(no_page)
    }

    fn read_rows<R: ReadRow>(self) -> Option<Page<R>> {
        let body = str::from_utf8(self.answer.body()).ok()?;
        let page = Page::of_rows(self.rows.iter().filter_map(|row| body.get(row.clone())), &self.form);
        Some(Page { bytes: body.len(), items: self.items, ..page })
    }

    fn of_answer(answer: Response, form: Form) -> Option<Self> {
        let (mut data, mut meta) = (None, None);
        let text = str::from_utf8(answer.body()).ok()?;
        let is_object = each_member(text, |name, value| match name {
            "data" => data = Some(value),
            "meta" => meta = Some(value).filter(|value| *value != "null"),
            _ => {}
        });
        let rows = items(data.filter(|_| is_object)?, form.rows)?;
        let place = |row: &str| {
            let begin = row.as_ptr().addr() - text.as_ptr().addr();
            begin..begin + row.len()
        };
        let rows = rows.into_iter().map(place).collect();
        // The last page's `meta` of v2 is empty, or null.
        let meta = meta.map(str::to_owned);
        let mut opened = Self { rows, form, answer, cursor: None, items: 0 };
        if let Some(meta) = meta {
            opened.read_meta(&meta)?;
        }
        Some(opened)
    }

    fn read_meta(&mut self, meta: &str) -> Option<()> {
        let mut is_sound = true;
        let is_object = each_member(meta, |name, value| match name {
            "cursor" if value != "null" => {
                self.cursor = string(value).map(Cow::into_owned);
                is_sound &= self.cursor.is_some();
            }
            "totalItems" => match value.parse() {
                Ok(items) => self.items = items,
                Err(_) => is_sound = false,
            },
            _ => {}
        });
        (is_object && is_sound).then_some(())
    }
}

impl<R: ReadRow> Page<R> {
    /// Reads a page of a listing of either API.
    ///
    /// # Errors
    /// [`PlatformError::Malformed`] when it is no page.
    pub(crate) async fn read(answer: Response, form: Form) -> Result<Self, PlatformError> {
        Opened::open(answer, form).await?.rows().await
    }

    fn of_rows<'j>(rows: impl IntoIterator<Item = &'j str>, form: &Form) -> Self {
        let mut page = Self::default();
        for row in rows {
            match R::read(row, form) {
                Ok(row) => page.rows.push(row),
                Err(nameless) => page.nameless.push(nameless),
            }
        }
        page
    }

    /// Does it hold nothing but so many rows?
    pub(crate) fn is_only(&self, rows: usize) -> bool {
        self.rows.len() == rows && self.nameless.is_empty()
    }
}

impl<R> Default for Page<R> {
    fn default() -> Self {
        Self { rows: Vec::new(), nameless: Vec::new(), bytes: 0, items: 0 }
    }
}

/// A trace of v1 with all its observations.
#[derive(Debug)]
pub(crate) struct WholeTrace {
    /// The trace itself may be what cannot be read.
    pub(crate) record: Option<TraceRow>,
    pub(crate) page: Page<Entry>,
}

impl WholeTrace {
    /// Reads one.
    ///
    /// # Errors
    /// [`PlatformError::Malformed`] when it is no trace.
    pub(crate) async fn read(answer: Response, form: Form) -> Result<Self, PlatformError> {
        let body = answer.body().clone();
        let read = move || Self::of_body(str::from_utf8(&body).ok()?, &form);
        aside(answer.body().len(), read).await.flatten().ok_or_else(no_page)
    }

    fn of_body(body: &str, form: &Form) -> Option<Self> {
        let mut observations = None;
        // The trace without its observations.
        let mut own = String::from("{");
        let is_object = each_member(body, |name, value| {
            if name == "observations" {
                observations = Some(value);
            } else {
                let separator = if own.len() > 1 { "," } else { "" };
                own.extend([separator, &to_text(&name), ":", value]);
            }
        });
        own.push('}');
        let mut page = Page::of_rows(items(observations.filter(|_| is_object)?, form.rows)?, form);
        page.bytes = body.len();
        Some(Self { record: TraceRow::read(&own, &form.sought).ok(), page })
    }
}

fn no_page() -> PlatformError {
    malformed("Langfuse answered with JSON that is no page of observations or traces, and no trace")
}
