use spanlift_trace_store::{ClickHouse, Reader, TraceStoreSettings};

use super::subject;
use crate::{Scope, Statement};

fn reader(organization: &str, simulation: &str) -> Reader {
    let settings = TraceStoreSettings {
        url: "http://127.0.0.1:1".to_owned(),
        database: "default".to_owned(),
        table: "some_traces".to_owned(),
        user: "reader".to_owned(),
        password: String::new().into(),
        organization_attribute: organization.to_owned(),
        simulation_attribute: simulation.to_owned(),
    };
    ClickHouse::new(&settings).unwrap().reader()
}

fn scopes() -> [Scope; 2] {
    [subject().scope, Scope::Run("run-1".parse().unwrap())]
}

/// What is left of a statement once the places for values, which have a type, are taken out.
fn names_left(sql: &str) -> Vec<&str> {
    let places = sql.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    places.filter(|place| !place.contains(':')).collect()
}

#[test]
fn every_statement_is_bounded_and_obeys_the_readers_rule() {
    let reader = reader("coval.organization_id", "coval.simulation_output_id");
    for statement in Statement::ALL {
        for scope in scopes() {
            let sql = statement.sql(&reader, &scope);
            assert_eq!(sql.matches("FROM some_traces").count(), 1, "{statement:?}");
            assert_eq!(sql.matches("Timestamp BETWEEN").count(), 1, "{statement:?}");
            assert_eq!(names_left(&sql), Vec::<&str>::new(), "{statement:?}");
            let is_for_attempts = sql.contains("OVER (PARTITION BY Simulation)");
            assert_eq!(is_for_attempts, statement != Statement::Extent, "{statement:?}: {sql}");
        }
    }
}

#[test]
fn rows_that_bear_other_attributes_have_a_select_of_their_own() {
    let reader = reader("tenant.id", "call.id");
    for statement in Statement::ALL {
        let [of_simulation, of_run] = scopes().map(|scope| statement.sql(&reader, &scope));
        assert_eq!(of_simulation.matches("FROM some_traces").count(), 2, "{statement:?}");
        assert_eq!(of_simulation.matches("Timestamp BETWEEN").count(), 2, "{statement:?}");
        assert!(of_simulation.contains("ResourceAttributes['call.id'] = {scope:String}"), "{statement:?}");
        assert_eq!(of_run.matches("ResourceAttributes['coval.run_id'] = {scope:String}").count(), 2, "{statement:?}");
    }
}

#[test]
fn the_row_of_all_simulations_comes_before_any_that_the_limit_may_cut() {
    let reader = reader("coval.organization_id", "coval.simulation_output_id");
    for statement in Statement::ALL {
        let sql = statement.sql(&reader, &subject().scope);
        if sql.contains("AS is_of_all") {
            assert!(sql.contains("\nORDER BY is_of_all DESC, "), "{statement:?}: {sql}");
        }
    }
}
