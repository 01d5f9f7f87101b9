use spanlift_model::Provider;

use super::arguments::Whose;
use super::error::ConnectionsError;
use super::ports::Functions;

/// Is there a function that could import from it?
pub(super) fn is_deployed(functions: &impl Functions, whose: &Whose) -> Result<(), ConnectionsError> {
    let deployed = functions.providers();
    if deployed.contains(&whose.provider) {
        return Ok(());
    }
    let names: Vec<&str> = deployed.iter().map(Provider::as_str).collect();
    Err(ConnectionsError::Input(format!("{} is not deployed here; there are: {}", whose.provider, names.join(", "))))
}

pub(super) fn not_connected(whose: &Whose) -> ConnectionsError {
    let Whose { provider, organization } = whose;
    ConnectionsError::State(format!(
        "organization {organization} has no connection to {provider}. Make one: spanlift connect {provider} --organization {organization}"
    ))
}

pub(super) fn deleted(whose: &Whose) -> ConnectionsError {
    let Whose { provider, organization } = whose;
    ConnectionsError::State(format!(
        "the connection of organization {organization} to {provider} was deleted, and AWS keeps its name until its recovery window is \
         over. Free it for good: spanlift disconnect {provider} --organization {organization}; or take the deletion back: aws \
         secretsmanager restore-secret"
    ))
}
