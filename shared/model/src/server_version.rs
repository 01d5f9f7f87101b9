use std::fmt;

/// A platform's version as the ledger keeps it: numbers that were parsed and words of ours, never a platform's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServerVersion {
    /// The API that was read, in a word of ours: `v2`.
    pub api: Option<&'static str>,
    /// The release: major, minor, patch.
    pub release: Option<[u32; 3]>,
}

impl ServerVersion {
    /// Reads a release, `20.26.1`; what stands behind a number (`rc1`) is passed over, a missing number is 0.
    ///
    /// `None` when the text does not begin with a number.
    #[must_use]
    pub fn parse_release(text: &str) -> Option<[u32; 3]> {
        let digits = |part: &str| part.split(|sign: char| !sign.is_ascii_digit()).next().map(str::parse::<u32>);
        let mut numbers = text.trim().split('.').map(|part| digits(part).and_then(Result::ok));
        let major = numbers.next().flatten()?;
        let mut next = || numbers.next().flatten().unwrap_or_default();
        Some([major, next(), next()])
    }
}

/// `20.26.1`, `v2`, `v1 (3.225.4)`; nothing where nothing is known.
impl fmt::Display for ServerVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.api, self.release) {
            (None, None) => Ok(()),
            (Some(api), None) => formatter.write_str(api),
            (None, Some([major, minor, patch])) => write!(formatter, "{major}.{minor}.{patch}"),
            (Some(api), Some([major, minor, patch])) => write!(formatter, "{api} ({major}.{minor}.{patch})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_numbers_and_nothing_else() {
        for (text, expected) in [
            ("20.26.1", "20.26.1"),
            (" 3.225.4-rc.1+sk-lf-secret ", "3.225.4"),
            ("11", "11.0.0"),
            ("4.2rc1.9", "4.2.9"),
            ("sk-lf-secret", ""),
            ("", ""),
            ("99999999999999999999.1.1", ""),
        ] {
            let version = ServerVersion { api: None, release: ServerVersion::parse_release(text) };
            assert_eq!(version.to_string(), expected, "{text}");
        }
        let version = ServerVersion { api: Some("v1"), release: Some([3, 225, 4]) };
        assert_eq!(version.to_string(), "v1 (3.225.4)");
    }
}
