//! Grants as a supervisor of border police issues them.

use sabt_chain::authorship::AuthorSigningKey;
use sabt_cli::cast::{BORDER_POLICE, BORDER_SUPERVISOR, Player};
use sabt_cli::keys::Keys;
use sabt_domain::access::{FieldGroup, Grant, GrantId};
use sabt_domain::act::KeyId;
use sabt_domain::time::Timestamp;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::{self as event, SignedGrant};

use super::{REGISTRY, TestRegistry};

/// An hour, microseconds.
pub(crate) const HOUR: i64 = 3_600_000_000;

impl TestRegistry {
    /// The key of one of the cast.
    pub(crate) fn key(&self, player: Player) -> AuthorSigningKey {
        Keys::of(self.dir()).author(player.name).unwrap()
    }

    /// What the supervisor of border police grants the officer of the cast: to open these persons from an hour ago to an
    /// hour from now.
    pub(crate) fn border_grant(&self, persons: &[&str]) -> Grant {
        let now = self.clock().now_micros();
        Grant {
            id: GrantId(*uuid::Uuid::now_v7().as_bytes()),
            origin: format!("{REGISTRY}/events"),
            agency: BORDER_POLICE.agency.parse().unwrap(),
            officer: BORDER_POLICE.officer.parse().unwrap(),
            purpose: BORDER_POLICE.purpose,
            legal_basis: "duty:12".to_owned(),
            case_reference: "C-1".to_owned(),
            groups: [FieldGroup::Identity, FieldGroup::Presence].into(),
            persons: persons.iter().map(|one| one.parse().unwrap()).collect(),
            not_before: Timestamp::from_micros(now - HOUR),
            not_after: Timestamp::from_micros(now + HOUR),
            issuer: KeyId(self.key(BORDER_SUPERVISOR).public().id().to_bytes()),
        }
    }

    /// The same grant, signed by the supervisor of border police.
    pub(crate) fn issue(&self, grant: &Grant) -> SignedGrant {
        sabt_cli::grants::sign(&self.key(BORDER_SUPERVISOR), REGISTRY, grant).unwrap()
    }
}

/// A purpose as a grant states it, with the grant.
pub(crate) fn under(grant: &Grant, signed: SignedGrant) -> api::Purpose {
    api::Purpose {
        code: grant.purpose.code().to_owned(),
        legal_basis: grant.legal_basis.clone(),
        case_reference: grant.case_reference.clone(),
        grant: Some(signed),
        ..api::Purpose::default()
    }
}

/// An act that revokes a grant.
pub(crate) fn revocation(grant: &Grant) -> event::Act {
    super::governance_act(event::act::Body::RevokeGrant(event::RevokeGrant {
        agency: grant.agency.to_string(),
        grant_id: grant.id.0.to_vec(),
    }))
}
