use crate::progress::Progress;

fn told(columns: Option<usize>) -> String {
    let mut written = Vec::new();
    let mut progress = Progress::new(&mut written, columns);
    for (seconds, text) in [(0, "waiting"), (1, "waiting"), (2, "reading a very long name")] {
        progress.tell(seconds, text).unwrap();
    }
    progress.finish().unwrap();
    String::from_utf8(written).unwrap()
}

#[test]
fn a_terminal_gets_one_line_that_changes_and_goes() {
    assert_eq!(
        told(Some(20)),
        "\r\u{1b}[2K0 s  waiting\r\u{1b}[2K1 s  waiting\r\u{1b}[2K2 s  reading a ver…\r\u{1b}[2K"
    );
}

#[test]
fn a_file_gets_a_line_a_change() {
    assert_eq!(told(None), "waiting\nreading a very long name\n");
}
