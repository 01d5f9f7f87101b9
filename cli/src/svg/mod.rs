//! Drawings that a person puts into a report: SVG that stands alone, without scripts, fonts or anything from elsewhere.

mod heatmap;
mod waterfall;

pub(crate) use heatmap::heatmap;
pub(crate) use waterfall::waterfall;

use maud::{Markup, PreEscaped, html};

use crate::text::{clean, cut};

/// Of text and background, the same in all drawings.
const INK: &str = "#1f2933";
const FAINT: &str = "#66727f";
const LINE: &str = "#d9dfe5";
const BACKGROUND: &str = "#ffffff";
const STRIPE: &str = "#f6f8fa";
const BAD: &str = "#c8352b";
/// What a character of text of size 12 takes on average, in a font without serifs.
const CHARACTER: f64 = 6.5;

/// A drawing as a file. Sizes are in pixels.
fn drawing(width: f64, height: f64, title: &str, body: &Markup) -> String {
    let (width, height) = (px(width), px(height));
    let drawn = html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(width) height=(height) viewBox=(format!("0 0 {} {}", width.0, height.0))
            font-family="Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif" font-size="12" fill=(INK) role="img" {
            title { (safe(title)) }
            rect width=(width) height=(height) fill=(BACKGROUND) {}
            (body)
        }
    };
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", drawn.into_string())
}

/// A line of text that begins at `x`, on the base line `y`.
fn text(x: f64, y: f64, fill: &str, content: &str) -> Markup {
    html! { text x=(px(x)) y=(px(y)) fill=(fill) { (safe(content)) } }
}

/// Text that ends at `x`.
fn text_before(x: f64, y: f64, fill: &str, content: &str) -> Markup {
    html! { text x=(px(x)) y=(px(y)) fill=(fill) text-anchor="end" { (safe(content)) } }
}

fn rect(x: f64, y: f64, (width, height): (f64, f64), fill: &str) -> Markup {
    html! { rect x=(px(x)) y=(px(y)) width=(px(width)) height=(px(height)) fill=(fill) {} }
}

fn line((x1, y1): (f64, f64), (x2, y2): (f64, f64)) -> Markup {
    html! { line x1=(px(x1)) y1=(px(y1)) x2=(px(x2)) y2=(px(y2)) stroke=(LINE) {} }
}

fn heading(x: f64, y: f64, content: &str) -> Markup {
    html! { text x=(px(x)) y=(px(y)) font-size="18" font-weight="bold" { (safe(content)) } }
}

/// A coloured square and what it stands for; returns how far it goes.
fn legend(x: f64, y: f64, fill: &str, content: &str) -> (Markup, f64) {
    let drawn = html! {
        rect x=(px(x)) y=(px(y - 10.0)) width="12" height="12" rx="2" fill=(fill) {}
        (text(x + 18.0, y, FAINT, content))
    };
    (drawn, x + 18.0 + width_of(content) + 22.0)
}

/// Content from elsewhere: nothing that XML or a reader cannot bear.
fn safe(content: &str) -> String {
    clean(content)
        .chars()
        .map(|character| if matches!(character, '\u{fffe}' | '\u{ffff}') { ' ' } else { character })
        .collect()
}

/// About how wide a text is.
fn width_of(content: &str) -> f64 {
    as_number(crate::text::width(content)) * CHARACTER
}

/// The text in about `width`.
fn fitted(content: &str, width: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a width is small and not negative")]
    let columns = (width / CHARACTER).max(1.0) as usize;
    cut(&clean(content), columns)
}

/// Words in lines of about `width`.
fn wrapped(content: &str, width: f64) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in content.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() || width_of(line) + width_of(word) + CHARACTER <= width => {
                if !line.is_empty() {
                    line.push(' ');
                }
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn as_number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// A length with at most one digit after the point.
fn px(value: f64) -> PreEscaped<String> {
    let text = format!("{value:.1}");
    PreEscaped(text.strip_suffix(".0").map_or_else(|| text.clone(), str::to_owned))
}
