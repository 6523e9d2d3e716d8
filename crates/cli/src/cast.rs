//! The development cast: one officer or system of each agency that a new registry enrols, so that every
//! role can be played at once. A ministry enrols its own and removes these.

use sabt_domain::access::{Purpose, Role};

/// Somebody who can call the registry: `--as NAME`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Player {
    /// Name of the certificate under `keys/tls/clients`, and of the key under `keys/authors` of those who
    /// sign acts.
    pub name: &'static str,
    /// Agency.
    pub agency: &'static str,
    /// Code of the officer or system.
    pub officer: &'static str,
    /// What the agency is towards the registry.
    pub role: Role,
    /// Purpose of this player's questions unless another is given.
    pub purpose: Purpose,
}

/// An office of the directorate for foreign nationals.
pub const REGISTRAR: Player = Player {
    name: "registrar",
    agency: "BAFIA",
    officer: "K1001",
    role: Role::Registrar,
    purpose: Purpose::Registration,
};
/// Border police at a crossing.
pub const BORDER_POLICE: Player = Player {
    name: "border-police",
    agency: "BORDER",
    officer: "B3001",
    role: Role::BorderPolice,
    purpose: Purpose::BorderControl,
};
/// Police elsewhere.
pub const POLICE: Player = Player {
    name: "police",
    agency: "POLICE",
    officer: "P2001",
    role: Role::Police,
    purpose: Purpose::StayCheck,
};
/// The synchronisation job of the register of Iranians.
pub const CIVIL_REGISTRY: Player = Player {
    name: "civil-registry",
    agency: "SABTAHVAL",
    officer: "SYNC-1",
    role: Role::CivilRegistry,
    purpose: Purpose::CivilRegistrationSync,
};
/// An auditor.
pub const AUDITOR: Player = Player {
    name: "auditor",
    agency: "AUDIT",
    officer: "A4001",
    role: Role::Auditor,
    purpose: Purpose::Audit,
};
/// The data-protection officer.
pub const DATA_PROTECTION: Player = Player {
    name: "data-protection",
    agency: "DPO",
    officer: "D5001",
    role: Role::DataProtectionOfficer,
    purpose: Purpose::SubjectAccess,
};
/// The governance authority.
pub const GOVERNANCE: Player = Player {
    name: "governance",
    agency: "MOI",
    officer: "G6001",
    role: Role::Governance,
    purpose: Purpose::Governance,
};

/// The asylum unit, which alone knows of claims to asylum.
pub const ASYLUM_UNIT: Player = Player {
    name: "asylum-unit",
    agency: "ASYLUM",
    officer: "U8001",
    role: Role::AsylumUnit,
    purpose: Purpose::AsylumProcedure,
};

/// The office that publishes statistics.
pub const STATISTICS: Player = Player {
    name: "statistics",
    agency: "STATISTICS",
    officer: "C9001",
    role: Role::StatisticsOffice,
    purpose: Purpose::OfficialStatistics,
};

/// The office that organises campaigns of registration, and reads nobody's data.
pub const ORGANISER: Player = Player {
    name: "organiser",
    agency: "AMAYESH",
    officer: "N9601",
    role: Role::CampaignOrganiser,
    purpose: Purpose::Campaign,
};

/// A supervisor of border police, who issues and revokes grants, and asks nothing.
pub const BORDER_SUPERVISOR: Player = Player {
    name: "border-supervisor",
    officer: "B3000",
    ..BORDER_POLICE
};
/// A supervisor of the register of Iranians, who issues and revokes grants, and asks nothing.
pub const CIVIL_SUPERVISOR: Player = Player {
    name: "civil-supervisor",
    officer: "S7000",
    ..CIVIL_REGISTRY
};

/// Everybody who asks, submits or governs: one of each agency.
pub const CAST: [Player; 10] = [
    REGISTRAR,
    BORDER_POLICE,
    POLICE,
    CIVIL_REGISTRY,
    AUDITOR,
    DATA_PROTECTION,
    GOVERNANCE,
    ASYLUM_UNIT,
    STATISTICS,
    ORGANISER,
];

/// Those who sign acts, each with a key of the agency.
pub const AUTHORS: [Player; 4] = [REGISTRAR, BORDER_POLICE, ASYLUM_UNIT, ORGANISER];

/// Those who issue grants, each with a key of their own.
pub const SUPERVISORS: [Player; 2] = [BORDER_SUPERVISOR, CIVIL_SUPERVISOR];

/// Everybody who has a certificate.
pub fn everybody() -> impl Iterator<Item = Player> {
    CAST.into_iter().chain(SUPERVISORS)
}

/// Everybody who holds a key: those who sign acts, issue grants, or (the data-protection officer) revoke them.
pub fn signers() -> impl Iterator<Item = Player> {
    AUTHORS
        .into_iter()
        .chain(SUPERVISORS)
        .chain([DATA_PROTECTION])
}

/// The code of a supervisor as it is enrolled with the key; empty for everybody else.
pub fn supervisor(player: Player) -> &'static str {
    if SUPERVISORS.contains(&player) {
        player.officer
    } else {
        ""
    }
}

/// The code of an officer whose key signs their own emergency grants, as it is enrolled with the key; empty for everybody else.
pub fn emergency_officer(player: Player) -> &'static str {
    if player == BORDER_POLICE {
        player.officer
    } else {
        ""
    }
}

/// The player of this name.
pub fn player(name: &str) -> Option<Player> {
    everybody().find(|player| player.name == name)
}
