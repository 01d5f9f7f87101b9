//! docs/COST.md says what imports in virtual time come to.

use std::fs;
use std::path::Path;

use cost::{Limit, MEMORY_MEGABYTES, MOST_AT_ONCE, SPANS, Tags, bill, bills, prices, run, section, world};
use serde_json::Value;
use worlds::world::Provider;

#[test]
fn the_page_says_what_imports_come_to() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/COST.md");
    let page = fs::read_to_string(&path).unwrap();
    for (name, wanted) in [("prices", prices()), ("bills", bills())] {
        let (_, written, _) = section(&page, name).unwrap();
        assert!(
            written == wanted,
            "section {name} of docs/COST.md is not what imports come to. Write it: make cost\n{wanted}"
        );
    }
}

#[test]
fn it_is_reckoned_with_what_is_deployed() {
    let file = include_str!("../../../infra/deployment.json");
    let deployment: Value = serde_json::from_str(file).unwrap();
    let functions = &deployment["functions"];
    assert_eq!(functions["memory_megabytes"], MEMORY_MEGABYTES);
    assert_eq!(functions["importer"]["maximum_concurrency"], MOST_AT_ONCE);
}

/// What the page says of one simulation is told of one that was really imported.
#[test]
fn a_tagged_call_is_whole_and_an_untagged_one_is_not_imported() {
    for provider in Provider::ALL {
        let tagged = run(&world(provider, 0, Tags::Tagged, 1, SPANS), Limit::None);
        assert_eq!((tagged.whole, tagged.usage.of("insert")), (1, 1), "{provider}");
        let untagged = run(&world(provider, 0, Tags::Untagged, 1, SPANS), Limit::None);
        // Langfuse falls back to the window, on the last pass.
        assert_eq!(untagged.whole, usize::from(provider == Provider::Langfuse), "{provider}");
        assert!(bill(&untagged, 1e6).dollars() > bill(&tagged, 1e6).dollars(), "{provider}");
    }
}

/// Nothing is lost of a burst, however tight the limit; and none is served faster than the limit allows.
#[test]
fn a_burst_is_imported_whole_under_a_tight_limit() {
    let limit = Limit::Fixed { requests: 15 };
    let burst = run(&world(Provider::Langfuse, 0, Tags::Tagged, 12, 12), limit);
    assert_eq!(burst.whole, 12);
    let served = burst.usage.of("served request");
    assert!(burst.usage.of("refused request") > 0);
    assert!(burst.last_ended >= limit.shortest(served));
}
