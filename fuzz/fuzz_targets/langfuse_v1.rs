//! A trace, or a page of traces or observations, of Langfuse's v1.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_target!(|data: &[u8]| spanlift_fuzz::page::<spanlift_fuzz::LangfuseV1>(data));
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    spanlift_fuzz::mutate(data, size, max_size, seed)
});
