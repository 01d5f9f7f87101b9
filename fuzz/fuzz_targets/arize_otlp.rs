//! A page of Phoenix's `…/spans/otlpv1`.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_target!(|data: &[u8]| spanlift_fuzz::page::<spanlift_fuzz::ArizeOtlp>(data));
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    spanlift_fuzz::mutate(data, size, max_size, seed)
});
