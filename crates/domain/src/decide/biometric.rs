use super::Decided;
use super::scene::Scene;
use crate::act::{RecordBiometricReference, WithdrawBiometricReference};
use crate::erasure;
use crate::event::{BiometricReferenceRecorded, EventBody};
use crate::fact::limits::BIOMETRIC_REFERENCES_MAX;
use crate::life::At;
use crate::refusal::{Reason, Refusal};

const RULE: &str = "law:art. 7(4), 26(2), 33(2), design:7.9";

/// A living person's template is held outside the registry.
pub(super) fn record(
    scene: &Scene<'_>,
    body: &RecordBiometricReference,
) -> Result<Vec<Decided>, Refusal> {
    scene.living(body.person)?;
    let known = scene.states().biometrics.get(&body.person);
    if known.is_some_and(|known| BIOMETRIC_REFERENCES_MAX <= known.len()) {
        return Err(Refusal::new(Reason::BiometricReferencesFull, RULE)
            .with("references_max", BIOMETRIC_REFERENCES_MAX));
    }
    let number = *scene
        .facts()
        .new_biometrics
        .first()
        .ok_or_else(|| Refusal::new(Reason::NotWritable, RULE))?;
    let recorded = BiometricReferenceRecorded {
        number,
        person: body.person,
        modality: body.modality,
        device: body.device.clone(),
        system: body.system.clone(),
        reference: body.reference.clone(),
        digest: body.digest,
    };
    let event = EventBody::BiometricReferenceRecorded(recorded);
    Ok(vec![scene.about(number, event)])
}

/// A reference serves no purpose any more. Whether its person lives, or is still recorded, does not matter for that.
pub(super) fn withdraw(
    scene: &Scene<'_>,
    body: &WithdrawBiometricReference,
) -> Result<Vec<Decided>, Refusal> {
    if scene.is_erased(body.biometric) {
        return Err(erasure::erased());
    }
    let life = scene.life(body.biometric);
    let reference = life.and_then(|life| life.biometric(&At::END));
    let Some(reference) = reference else {
        return Err(Refusal::new(Reason::UnknownBiometricReference, RULE));
    };
    if reference.withdrawn.is_some() {
        return Err(Refusal::new(Reason::BiometricReferenceWithdrawn, RULE));
    }
    let event = EventBody::BiometricReferenceWithdrawn(body.clone());
    Ok(vec![scene.about(body.biometric, event)])
}
