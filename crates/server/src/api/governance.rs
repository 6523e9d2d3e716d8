//! What only the shell can check of a governance act: that keys are sound, so that auditors can verify what they sign,
//! and that this registry can sign with a log key before it is bound to.

use sabt_chain::authorship::AuthorKey;
use sabt_chain::note::VerifierKey;
use sabt_chain::rotation::{Rotation, RotationError};
use sabt_chain::{LedgerName, Signature, Timestamp};
use sabt_domain::act::{ActBody, FoundRegistry, PublicKey, RotateLogKey};
use sabt_domain::refusal::Refusal;

use crate::checkpoint::{CheckpointError, LogKeys};
use crate::registry::Registry;

/// Checks a governance act; other acts pass.
pub(super) fn check(registry: &Registry, body: &ActBody) -> Result<(), Refusal> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the other acts are checked by the domain alone"
    )]
    match body {
        ActBody::FoundRegistry(act) => {
            author_key("found_registry.governance_key", &act.governance_key)?;
            // The domain refuses a second founding for what it is.
            match registry.enrolment().founding() {
                None => first_log_keys(registry, act),
                Some(_) => Ok(()),
            }
        }
        ActBody::EnrolKey(act) => author_key("enrol_key.public_key", &act.public_key),
        ActBody::RotateLogKey(act) => rotation(registry, act),
        _ => Ok(()),
    }
}

fn author_key(path: &'static str, key: &PublicKey) -> Result<(), Refusal> {
    let problem = |_unsound| Refusal::field(path, "is not a sound Ed25519 public key");
    AuthorKey::from_bytes(&key.0).map(drop).map_err(problem)
}

/// The log keys that a founding names sign from then on: they are those that this registry holds.
fn first_log_keys(registry: &Registry, act: &FoundRegistry) -> Result<(), Refusal> {
    let keys = [
        (
            "found_registry.events_log_key",
            &act.events_log_key,
            LedgerName::Events,
        ),
        (
            "found_registry.disclosures_log_key",
            &act.disclosures_log_key,
            LedgerName::Disclosures,
        ),
    ];
    for (path, vkey, ledger) in keys {
        let key = parse(path, vkey)?;
        if registry.ledger_named(key.name().as_str()) != Some(ledger) {
            return Err(Refusal::field(
                path,
                "is not named like the origin of this ledger",
            ));
        }
        held(registry, path, ledger, &key)?;
    }
    Ok(())
}

/// Both keys have signed the rotation, and this registry can sign with the new one.
fn rotation(registry: &Registry, act: &RotateLogKey) -> Result<(), Refusal> {
    const OLD: &str = "rotate_log_key.old_log_key";
    const NEW: &str = "rotate_log_key.new_log_key";
    let (old, new) = (parse(OLD, &act.old_log_key)?, parse(NEW, &act.new_log_key)?);
    let ledger = registry
        .ledger_named(old.name().as_str())
        .ok_or_else(|| Refusal::field(OLD, "is not named like the origin of a ledger"))?;
    let retire_at = Timestamp::from_micros(act.retire_at.micros());
    let signatures = [act.old_signature, act.new_signature].map(Signature::from_bytes);
    Rotation::new(old, new.clone(), retire_at)
        .and_then(|rotation| rotation.verify(&signatures[0], &signatures[1]))
        .map_err(|err| {
            let path = match err {
                RotationError::OldSignature => "rotate_log_key.old_signature",
                RotationError::NewSignature => "rotate_log_key.new_signature",
                RotationError::RetireAt => "rotate_log_key.retire_at",
                RotationError::Name { .. }
                | RotationError::SameKey
                | RotationError::Lines
                | RotationError::Key(_) => NEW,
            };
            Refusal::field(path, err.to_string())
        })?;
    held(registry, NEW, ledger, &new)
}

fn parse(path: &'static str, vkey: &str) -> Result<VerifierKey, Refusal> {
    vkey.parse()
        .map_err(|err| Refusal::field(path, format!("is not a C2SP vkey: {err}")))
}

/// A key that signs from the next record on must be there before that record is.
fn held(
    registry: &Registry,
    path: &'static str,
    ledger: LedgerName,
    key: &VerifierKey,
) -> Result<(), Refusal> {
    match registry.log_keys().find(ledger, key) {
        Ok(_key) => Ok(()),
        Err(CheckpointError::KeyMissing { .. }) => {
            let file = LogKeys::successor_file(ledger, key.id());
            Err(
                Refusal::field(path, "has no private half on the server, which is to sign with it")
                    .with_remedy(format!(
                        "Put it as {file} into the directory of keys, readable by its owner alone, and send the \
                         act again."
                    )),
            )
        }
        Err(err) => Err(super::persons::failed(&err)),
    }
}
