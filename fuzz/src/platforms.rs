//! Each provider's own code for one answer, behind one trait.

use spanlift_importer::ports::Platform;
use spanlift_importer::{Query, Reading};
use spanlift_model::{Clock, MatchedCap, PlatformError, Timestamp};
use spanlift_platform_client::Response;

/// A kind of answer of a platform.
pub trait Answer: Send + Sync + 'static {
    /// Whose it is.
    type Provider: Platform;
    /// What an import of it holds at most.
    const CAP: MatchedCap;
    /// When the recorded calls took place, and the tag that their seeds have.
    const CALL: [&str; 2];

    /// The answer as a whole reading.
    fn read(
        answer: Response,
        query: &Query,
    ) -> impl Future<Output = Result<Reading<<Self::Provider as Platform>::Span>, PlatformError>> + Send;
}

/// A clock that nobody asks.
#[derive(Debug)]
pub struct NoClock;

impl Clock for NoClock {
    fn now(&self) -> Timestamp {
        Timestamp::EPOCH
    }
}

const RECORDED_PHOENIX: [&str; 2] = ["2026-11-22T06:00:00Z", "2026-11-22T07:50:00Z"];
const RECORDED: [&str; 2] = ["2026-11-20T15:00:00Z", "2026-11-20T15:05:00Z"];

macro_rules! answers {
    ($($name:ident: $provider:ty, $cap:expr, $call:expr, |$answer:ident, $query:ident| $read:expr;)*) => {$(
        #[doc = concat!("See the target of this name: ", stringify!($name), ".")]
        pub struct $name;

        impl Answer for $name {
            type Provider = $provider;
            const CAP: MatchedCap = $cap;
            const CALL: [&str; 2] = $call;

            async fn read(
                $answer: Response,
                $query: &Query,
            ) -> Result<Reading<<Self::Provider as Platform>::Span>, PlatformError> {
                $read
            }
        }
    )*};
}

answers! {
    ArizePlain: arize::Arize<NoClock>, arize::CAP, RECORDED_PHOENIX, |answer, query| arize::one_page::read(&answer, false, query);
    ArizeOtlp: arize::Arize<NoClock>, arize::CAP, RECORDED_PHOENIX, |answer, query| arize::one_page::read(&answer, true, query);
    LangfuseV1: langfuse::Langfuse<NoClock>, langfuse::CAP, RECORDED, |answer, query| langfuse::one_page::read_v1(answer, query).await;
    LangfuseV2: langfuse::Langfuse<NoClock>, langfuse::CAP, RECORDED, |answer, query| langfuse::one_page::read_v2(answer, query).await;
    LangSmithV1: langsmith::LangSmith<NoClock>, langsmith::CAP, RECORDED, |answer, query| langsmith::one_page::read(&answer, false, query);
    LangSmithV2: langsmith::LangSmith<NoClock>, langsmith::CAP, RECORDED, |answer, query| langsmith::one_page::read(&answer, true, query);
}
