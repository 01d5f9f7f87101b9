//! Connections' secrets on Secrets Manager, and the functions behind their aliases on Lambda.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_secretsmanager::operation::update_secret_version_stage::UpdateSecretVersionStageError;
use aws_sdk_secretsmanager::primitives::DateTime;
use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType, Tag};
use secrecy::ExposeSecret as _;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use spanlift_aws::{SdkConfig, UNVERIFIED_TAG};
use spanlift_importer::PortError;
use spanlift_importer::direct::{PreviewAnswer, VerifyAnswer, VerifyRequest};
use spanlift_model::{OrganizationId, Provider, Timestamp};
use tokio::time::sleep;

use super::connection::Connection;
use super::ports::{ConnectionStore, Described, Functions, Moved};

const SECRETS: &str = "secrets";
const FUNCTION: &str = "function";
const CURRENT: &str = "AWSCURRENT";
const PENDING: &str = "AWSPENDING";
/// A function answers within 25 s, and may have to start before.
const LONGEST_ANSWER: Duration = Duration::from_secs(40);
/// A name that was deleted for good is free again after a moment.
const FREED_WITHIN: [u64; 5] = [1, 2, 4, 8, 8];

/// Secrets Manager.
#[derive(Debug)]
pub struct Secrets {
    client: Client,
    prefix: String,
}

impl Secrets {
    /// The secrets under `prefix`.
    #[must_use]
    pub fn new(sdk: &SdkConfig, prefix: &str) -> Self {
        Self { client: Client::new(sdk), prefix: prefix.to_owned() }
    }

    fn id(&self, organization_id: &OrganizationId, provider: &Provider) -> String {
        format!("{}/{organization_id}/{provider}", self.prefix)
    }

    /// `<prefix>/<organization>/<provider>`; anything else is no connection.
    fn names<'n>(&self, name: &'n str) -> Option<(&'n str, &'n str)> {
        let rest = name.strip_prefix(&self.prefix)?.strip_prefix('/')?;
        rest.split_once('/').filter(|(_, provider)| !provider.contains('/'))
    }
}

impl ConnectionStore for Secrets {
    async fn describe(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
    ) -> Result<Option<Described>, PortError> {
        let described = match self.client.describe_secret().secret_id(self.id(organization_id, provider)).send().await {
            Ok(described) => described,
            Err(error) if is(&error, "ResourceNotFoundException") => return Ok(None),
            Err(error) => return Err(failed("DescribeSecret", &error)),
        };
        let versions = described.version_ids_to_stages();
        let at = |stage: &str| {
            let mut found =
                versions.into_iter().flatten().filter(|(_, stages)| stages.iter().any(|known| known == stage));
            found.next().map(|(version, _)| version.clone())
        };
        Ok(Some(Described {
            organization_id: organization_id.to_string(),
            provider: provider.to_string(),
            current: at(CURRENT),
            pending: at(PENDING),
            is_unverified: described.tags().iter().any(is_unverified),
            is_deleted: described.deleted_date().is_some(),
            configured_at: described.last_changed_date().or(described.created_date()).map(time),
        }))
    }

    async fn list(&self, organization_id: Option<&OrganizationId>) -> Result<Vec<Described>, PortError> {
        let beginning =
            organization_id.map_or_else(|| format!("{}/", self.prefix), |id| format!("{}/{id}/", self.prefix));
        let filter = Filter::builder().key(FilterNameStringType::Name).values(&beginning).build();
        let pages = self.client.list_secrets().include_planned_deletion(true).filters(filter).into_paginator();
        let pages: Result<Vec<_>, _> = pages.send().collect().await;
        let pages = pages.map_err(|error| failed("ListSecrets", &error))?;
        let listed: Vec<_> = pages.into_iter().flat_map(|page| page.secret_list.unwrap_or_default()).collect();
        // The filter is one of words, not of beginnings.
        let known = listed.iter().filter(|secret| secret.name().is_some_and(|name| name.starts_with(&beginning)));
        Ok(known
            .filter_map(|secret| {
                let (organization_id, provider) = self.names(secret.name()?)?;
                let stages = secret.secret_versions_to_stages().into_iter().flatten();
                let mut pending = stages.filter(|(_, stages)| stages.iter().any(|stage| stage == PENDING));
                Some(Described {
                    organization_id: organization_id.to_owned(),
                    provider: provider.to_owned(),
                    current: None,
                    pending: pending.next().map(|(version, _)| version.clone()),
                    is_unverified: secret.tags().iter().any(is_unverified),
                    is_deleted: secret.deleted_date().is_some(),
                    configured_at: secret.last_changed_date().or(secret.created_date()).map(time),
                })
            })
            .collect())
    }

    async fn create(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
        connection: &Connection,
    ) -> Result<String, PortError> {
        let (id, secret) = (self.id(organization_id, provider), connection.to_secret());
        let tag = Tag::builder().key(UNVERIFIED_TAG).value("true").build();
        let mut waits = FREED_WITHIN.into_iter();
        loop {
            let create = self.client.create_secret().name(&id).secret_string(secret.expose_secret()).tags(tag.clone());
            match create.send().await {
                Ok(created) => return version("CreateSecret", created.version_id()),
                Err(error) if is(&error, "InvalidRequestException") => match waits.next() {
                    Some(seconds) => sleep(Duration::from_secs(seconds)).await,
                    None => return Err(failed("CreateSecret", &error)),
                },
                Err(error) => return Err(failed("CreateSecret", &error)),
            }
        }
    }

    async fn value(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
        version: &str,
    ) -> Result<Connection, PortError> {
        let get = self.client.get_secret_value().secret_id(self.id(organization_id, provider)).version_id(version);
        let value = get.send().await.map_err(|error| failed("GetSecretValue", &error))?;
        let connection = value.secret_string().and_then(Connection::parse);
        // Where it is no connection, all of it is asked for again.
        Ok(connection.unwrap_or_default())
    }

    async fn put_pending(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
        connection: &Connection,
    ) -> Result<String, PortError> {
        let secret = connection.to_secret();
        let put = self.client.put_secret_value().secret_id(self.id(organization_id, provider));
        let put = put.secret_string(secret.expose_secret()).version_stages(PENDING).send().await;
        version("PutSecretValue", put.map_err(|error| failed("PutSecretValue", &error))?.version_id())
    }

    async fn promote(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
        version: &str,
        from: &str,
    ) -> Result<Moved, PortError> {
        let update = self.client.update_secret_version_stage().secret_id(self.id(organization_id, provider));
        let moved = update.version_stage(CURRENT).move_to_version_id(version).remove_from_version_id(from).send().await;
        match moved {
            Ok(_) => Ok(Moved::Done),
            Err(error) if is_of_another_version(&error) => {
                // Or it was done, and the answer was lost.
                let now = self.describe(organization_id, provider).await?.and_then(|described| described.current);
                Ok(if now.as_deref() == Some(version) { Moved::Done } else { Moved::SomebodyElse })
            }
            Err(error) => Err(failed("UpdateSecretVersionStage", &error)),
        }
    }

    async fn drop_pending(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
        version: &str,
    ) -> Result<(), PortError> {
        let update = self.client.update_secret_version_stage().secret_id(self.id(organization_id, provider));
        match update.version_stage(PENDING).remove_from_version_id(version).send().await {
            Ok(_) => Ok(()),
            // Another one is tried by now, or it has gone with the secret.
            Err(error) if is_of_another_version(&error) => Ok(()),
            Err(error) => Err(failed("UpdateSecretVersionStage", &error)),
        }
    }

    async fn mark_verified(&self, organization_id: &OrganizationId, provider: &Provider) -> Result<(), PortError> {
        let untag = self.client.untag_resource().secret_id(self.id(organization_id, provider)).tag_keys(UNVERIFIED_TAG);
        untag.send().await.map(drop).map_err(|error| failed("UntagResource", &error))
    }

    async fn delete(&self, organization_id: &OrganizationId, provider: &Provider) -> Result<(), PortError> {
        let delete = self.client.delete_secret().secret_id(self.id(organization_id, provider));
        delete
            .force_delete_without_recovery(true)
            .send()
            .await
            .map(drop)
            .map_err(|error| failed("DeleteSecret", &error))
    }
}

/// Lambda.
#[derive(Debug)]
pub struct DirectFunctions {
    client: aws_sdk_lambda::Client,
    functions: BTreeMap<Provider, String>,
}

impl DirectFunctions {
    /// Each provider's function, by name and alias.
    #[must_use]
    pub fn new(sdk: &SdkConfig, functions: BTreeMap<Provider, String>) -> Self {
        let timeouts = aws_sdk_lambda::config::timeout::TimeoutConfig::builder()
            .operation_attempt_timeout(LONGEST_ANSWER)
            .operation_timeout(LONGEST_ANSWER)
            .build();
        // Once: a function that is slow is not asked again while it still works on the answer.
        let once = aws_sdk_lambda::config::retry::RetryConfig::disabled();
        let config = aws_sdk_lambda::config::Builder::from(sdk).timeout_config(timeouts).retry_config(once).build();
        Self { client: aws_sdk_lambda::Client::from_conf(config), functions }
    }

    async fn ask<T: DeserializeOwned>(&self, provider: &Provider, request: &Value) -> Result<T, PortError> {
        let function =
            self.functions.get(provider).ok_or_else(|| unavailable(FUNCTION, "is not deployed".to_owned()))?;
        let invoke = self.client.invoke().function_name(function).payload(Blob::new(request.to_string()));
        let answer = invoke.send().await.map_err(|error| PortError::Unavailable {
            port: FUNCTION,
            detail: format!("Invoke of {function}: {}", said(&error)),
        })?;
        if answer.function_error().is_some() {
            return Err(unavailable(FUNCTION, format!("{function} did not answer; its log says why")));
        }
        let body = answer.payload().map(AsRef::as_ref).unwrap_or_default();
        serde_json::from_slice(body)
            .map_err(|_| unavailable(FUNCTION, format!("{function} gave an answer that this version does not know")))
    }
}

impl Functions for DirectFunctions {
    fn providers(&self) -> Vec<Provider> {
        self.functions.keys().cloned().collect()
    }

    async fn verify(&self, provider: &Provider, request: VerifyRequest) -> Result<VerifyAnswer, PortError> {
        self.ask(provider, &json!({"verify": request})).await
    }

    async fn preview(&self, provider: &Provider, event: Value) -> Result<PreviewAnswer, PortError> {
        self.ask(provider, &json!({"preview": event})).await
    }
}

fn is_unverified(tag: &Tag) -> bool {
    tag.key() == Some(UNVERIFIED_TAG)
}

fn time(at: &DateTime) -> Timestamp {
    Timestamp::from_millis(at.secs().saturating_mul(1_000))
}

fn version(operation: &str, id: Option<&str>) -> Result<String, PortError> {
    id.map(str::to_owned).ok_or_else(|| unavailable(SECRETS, format!("{operation} named no version")))
}

fn is<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>, code: &str) -> bool {
    error.code() == Some(code)
}

/// The label stands at another version than was said.
fn is_of_another_version<R>(error: &SdkError<UpdateSecretVersionStageError, R>) -> bool {
    ["InvalidParameterException", "InvalidRequestException", "ResourceNotFoundException"]
        .iter()
        .any(|code| is(error, code))
}

fn failed<E: ProvideErrorMetadata, R>(operation: &str, error: &SdkError<E, R>) -> PortError {
    unavailable(SECRETS, format!("{operation}: {}", said(error)))
}

/// The code, and the message but for one that may quote what was sent or signed headers.
fn said<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    match (error.code(), error.message()) {
        (Some(code @ ("AccessDeniedException" | "ResourceNotFoundException")), Some(message)) => {
            format!("{code}: {message}")
        }
        (Some(code), _) => code.to_owned(),
        (None, _) => "no answer".to_owned(),
    }
}

fn unavailable(port: &'static str, detail: String) -> PortError {
    PortError::Unavailable { port, detail }
}
