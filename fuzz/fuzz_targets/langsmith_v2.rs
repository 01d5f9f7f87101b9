//! A page of LangSmith's `v2/runs/query`.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_target!(|data: &[u8]| spanlift_fuzz::page::<spanlift_fuzz::LangSmithV2>(data));
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    spanlift_fuzz::mutate(data, size, max_size, seed)
});
