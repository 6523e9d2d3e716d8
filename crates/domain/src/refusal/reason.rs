//! The closed list of reasons. A code, once released, keeps its meaning; reasons are added, never reused.

/// What kind of fault a refusal is; each class is one gRPC status code of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// The message is malformed, whatever the state of the registry.
    InvalidArgument,
    /// Something the message refers to is not in the registry.
    NotFound,
    /// Something the message would create is there already.
    AlreadyExists,
    /// A rule of law or of the registry stands against it in the present state.
    FailedPrecondition,
    /// The asker or author may not do this.
    PermissionDenied,
    /// Somebody else was faster; read again and retry.
    Aborted,
    /// The author or asker could not be identified.
    Unauthenticated,
    /// A limit is reached; retry later.
    ResourceExhausted,
    /// The registry cannot serve now; retry later.
    Unavailable,
}

macro_rules! reasons {
    ($(
        $(#[$meta:meta])*
        $variant:ident = $code:literal, $class:ident, $message:literal, $remedy:literal;
    )+) => {
        /// Why something was refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason {
            $( #[doc = $message] $(#[$meta])* $variant ),+
        }

        impl Reason {
            /// Every reason, in the order of declaration.
            pub const ALL: &'static [Self] = &[$( Self::$variant ),+];

            /// The stable code, e.g. `VERSION_CONFLICT`.
            pub const fn code(self) -> &'static str {
                match self { $( Self::$variant => $code ),+ }
            }

            /// The class.
            pub const fn class(self) -> Class {
                match self { $( Self::$variant => Class::$class ),+ }
            }

            /// What happened, in general words.
            pub const fn message(self) -> &'static str {
                match self { $( Self::$variant => $message ),+ }
            }

            /// What would make it pass, in general words.
            pub const fn remedy(self) -> &'static str {
                match self { $( Self::$variant => $remedy ),+ }
            }

            /// The reason with this code, if there is one.
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $( $code => Some(Self::$variant), )+ _ => None }
            }
        }
    };
}

reasons! {
    // Form.
    MalformedAct = "MALFORMED_ACT", InvalidArgument,
        "The bytes are not an act of a known form.",
        "Send a serialised sabt.event.v1.Act with exactly one body.";
    InvalidField = "INVALID_FIELD", InvalidArgument,
        "One or more fields are missing or malformed.",
        "Correct the fields named in the violations.";
    InvalidNumber = "INVALID_NUMBER", InvalidArgument,
        "A number is malformed or its check digit is wrong.",
        "Read the number again from the document.";
    InvalidDate = "INVALID_DATE", InvalidArgument,
        "A date does not exist in its calendar, or its range is reversed.",
        "Give a date that exists, with the calendar in which it was stated.";
    UnknownProvince = "UNKNOWN_PROVINCE", InvalidArgument,
        "The province code is not in the province table.",
        "Use a code of the province table, e.g. IR-23.";
    UnknownBorderPoint = "UNKNOWN_BORDER_POINT", InvalidArgument,
        "The border point is not in the table of official entry and exit points.",
        "Use a code of the border point table.";
    ActTooLarge = "ACT_TOO_LARGE", InvalidArgument,
        "The act is longer than an act may be, or concerns too many subjects.",
        "Divide it into several acts.";
    SubjectsNotDistinct = "SUBJECTS_NOT_DISTINCT", InvalidArgument,
        "The same subject stands in two roles that exclude each other.",
        "Name each person in one role only.";

    // Who the author or asker is.
    NotIdentified = "NOT_IDENTIFIED", Unauthenticated,
        "The caller presented no certificate that names an enrolled agency and an officer.",
        "Call with a client certificate issued for an enrolled agency.";
    CertificateRevoked = "CERTIFICATE_REVOKED", Unauthenticated,
        "The caller's certificate has been revoked.",
        "Call with a certificate that is in force; ask whoever issues them.";
    CertificateExpired = "CERTIFICATE_EXPIRED", Unauthenticated,
        "The caller's certificate is past the end of its validity.",
        "Connect again with a certificate that is in force.";
    CertificateNotTrusted = "CERTIFICATE_NOT_TRUSTED", Unauthenticated,
        "The authority of the caller's certificate is not trusted any more, or no revocation list in force speaks of it.",
        "Connect again with a certificate of an authority in force; the operator's status tells of lists that have ended.";
    UnknownKey = "UNKNOWN_KEY", Unauthenticated,
        "The signing key is not enrolled.",
        "Enrol the key by a governance act first.";
    RevokedKey = "REVOKED_KEY", Unauthenticated,
        "The signing key has been revoked.",
        "Sign with a key that is in force.";
    ExpiredKey = "EXPIRED_KEY", Unauthenticated,
        "The signing key is past the end of its validity.",
        "Enrol a new key and sign with it.";
    BadSignature = "BAD_SIGNATURE", Unauthenticated,
        "The signature does not fit the act.",
        "Sign exactly the bytes sent, for this registry, with the key named.";
    UnknownAgency = "UNKNOWN_AGENCY", PermissionDenied,
        "The agency is not enrolled.",
        "Enrol the agency by a governance act first.";
    RevokedAgency = "REVOKED_AGENCY", PermissionDenied,
        "The agency's enrolment has been revoked.",
        "Ask the governance authority of the registry.";
    RoleNotAllowed = "ROLE_NOT_ALLOWED", PermissionDenied,
        "The agency's roles do not include acts of this kind.",
        "Have the act submitted by an agency in the role that the rule names.";
    UnknownOffice = "UNKNOWN_OFFICE", PermissionDenied,
        "The office is not enrolled.",
        "Enrol the office by a governance act first.";
    OfficeNotAllowed = "OFFICE_NOT_ALLOWED", PermissionDenied,
        "The office does not belong to the author's agency, or the key is bound to another office.",
        "Sign with a key of the office that recorded the fact.";

    // Questions.
    PurposeMissing = "PURPOSE_MISSING", InvalidArgument,
        "The question states no purpose.",
        "State a purpose code of the access matrix.";
    PurposeUnknown = "PURPOSE_UNKNOWN", InvalidArgument,
        "The purpose code is not in the access matrix.",
        "State a purpose code of the access matrix.";
    PurposeNotAllowed = "PURPOSE_NOT_ALLOWED", PermissionDenied,
        "The access matrix gives the asker's roles nothing for this purpose.",
        "Ask for a purpose that the matrix gives to your role.";
    MethodNotAllowed = "METHOD_NOT_ALLOWED", PermissionDenied,
        "The access matrix does not open this method to the asker's role and purpose.",
        "Use a method that the matrix gives to your role and purpose.";
    RightNotEnrolled = "RIGHT_NOT_ENROLLED", PermissionDenied,
        "The agency is not enrolled to ask about this right.",
        "Ask about a right that the agency's enrolment names, or have governance enrol the agency with it.";
    LegalBasisMissing = "LEGAL_BASIS_MISSING", InvalidArgument,
        "No legal basis is stated.",
        "State the article, ruling or duty this rests on.";
    CaseReferenceMissing = "CASE_REFERENCE_MISSING", InvalidArgument,
        "This purpose needs the reference of the case it serves.",
        "State the number of the case or request.";
    DeferralNotAllowed = "DEFERRAL_NOT_ALLOWED", PermissionDenied,
        "The access matrix does not let this purpose tell the person later that it asked.",
        "Ask without a deferral: the person is told.";
    DeferralOrderMissing = "DEFERRAL_ORDER_MISSING", InvalidArgument,
        "A deferral states its reason and the order that permits it.",
        "State both, or ask without a deferral.";
    DeferralTooLong = "DEFERRAL_TOO_LONG", FailedPrecondition,
        "The end of the embargo lies later than a deferral may last.",
        "State an end no later than the one given as latest.";
    DeferralLapsed = "DEFERRAL_LAPSED", FailedPrecondition,
        "The embargo has ended and the person may have been told; it does not come back.",
        "Nothing: a new look-up is a new entry.";
    NotDeferred = "NOT_DEFERRED", FailedPrecondition,
        "There is no deferred disclosure at this position.",
        "State the position from the disclosure receipt of the deferred question.";
    ConsentMissing = "CONSENT_MISSING", FailedPrecondition,
        "The informed consent of the person is not referred to.",
        "Record the reference of the signed form of consent.";
    SearchTooWide = "SEARCH_TOO_WIDE", InvalidArgument,
        "The search names neither an exact document nor a name with a birth year.",
        "Name one document, or given name, family name and birth year.";

    // Grants.
    GrantRequired = "GRANT_REQUIRED", PermissionDenied,
        "The asker's role opens records only under a supervisor's grant, and the question carries none.",
        "Ask a supervisor of your agency for a grant, and send it with the question.";
    MalformedGrant = "MALFORMED_GRANT", InvalidArgument,
        "The bytes are not a grant of a known form.",
        "Send the grant exactly as it was issued.";
    GrantForged = "GRANT_FORGED", Unauthenticated,
        "The signature does not fit the grant: it was changed, or not signed by the key that it names.",
        "Send the grant exactly as it was issued.";
    GrantNotBySupervisor = "GRANT_NOT_BY_SUPERVISOR", PermissionDenied,
        "The key that signed the grant is not enrolled as a supervisor's.",
        "Ask a supervisor of your agency for a grant.";
    GrantSelfIssued = "GRANT_SELF_ISSUED", PermissionDenied,
        "The grant was issued by the officer whom it is for.",
        "Ask another supervisor of your agency for a grant.";
    GrantOfOtherRegistry = "GRANT_OF_OTHER_REGISTRY", PermissionDenied,
        "The grant was issued for another registry.",
        "Ask for a grant for this registry.";
    GrantOfOtherAgency = "GRANT_OF_OTHER_AGENCY", PermissionDenied,
        "The grant is for another agency, or was issued by one.",
        "Ask a supervisor of your agency for a grant.";
    GrantOfOtherOfficer = "GRANT_OF_OTHER_OFFICER", PermissionDenied,
        "The grant is for another officer.",
        "Ask a supervisor of your agency for a grant of your own.";
    GrantOfOtherPurpose = "GRANT_OF_OTHER_PURPOSE", PermissionDenied,
        "The question states another purpose, legal basis or case than its grant.",
        "State what the grant states, or ask for another grant.";
    GrantTooWide = "GRANT_TOO_WIDE", PermissionDenied,
        "The grant gives more than the access matrix gives for its purpose.",
        "Ask for a grant within the access matrix.";
    GrantOutOfScope = "GRANT_OUT_OF_SCOPE", PermissionDenied,
        "The question goes beyond the persons whom its grant names.",
        "Ask about a person whom the grant names, or for another grant.";
    GrantTooLong = "GRANT_TOO_LONG", PermissionDenied,
        "The grant holds longer than a grant may.",
        "Ask for a grant that holds for twelve hours at most.";
    GrantNotYetValid = "GRANT_NOT_YET_VALID", PermissionDenied,
        "The grant does not hold yet.",
        "Ask again when it holds.";
    GrantExpired = "GRANT_EXPIRED", PermissionDenied,
        "The grant holds no longer.",
        "Ask a supervisor of your agency for a new grant.";
    GrantRevoked = "GRANT_REVOKED", PermissionDenied,
        "The grant has been revoked.",
        "Ask a supervisor of your agency for a new grant.";
    GrantNotOwn = "GRANT_NOT_OWN", PermissionDenied,
        "An emergency grant is signed by the officer whom it is for, with a key enrolled for that, and this one is not.",
        "Sign it with your own key, or ask a supervisor of your agency for a grant for another purpose.";

    // Look-ups that are to be justified.
    LookupNotDrawn = "LOOKUP_NOT_DRAWN", NotFound,
        "No look-up of the agency at this position waits to be justified.",
        "Name a position that `sabt watch sample` lists.";
    LookupJustified = "LOOKUP_JUSTIFIED", AlreadyExists,
        "The look-up has been justified.",
        "Nothing is to be justified.";
    JustificationNotAllowed = "JUSTIFICATION_NOT_ALLOWED", PermissionDenied,
        "Whoever justifies the look-up is neither the officer who looked nor a supervisor of the agency.",
        "The officer who looked or a supervisor signs; after an emergency grant, a supervisor other than that officer.";

    // What acts refer to.
    UnknownPerson = "UNKNOWN_PERSON", NotFound,
        "A person the message refers to is not registered.",
        "Register the person first, or correct the number.";
    UnknownHousehold = "UNKNOWN_HOUSEHOLD", NotFound,
        "A household the message refers to is not registered.",
        "Form the household first, or correct the code.";
    UnknownClaim = "UNKNOWN_CLAIM", NotFound,
        "A claim to asylum the message refers to has not been lodged.",
        "Lodge the claim first, or correct its number.";
    UnknownBiometricReference = "UNKNOWN_BIOMETRIC_REFERENCE", NotFound,
        "A biometric reference the message refers to has not been recorded.",
        "Record the reference first, or correct its number.";
    UnknownDocument = "UNKNOWN_DOCUMENT", NotFound,
        "The person holds no such document.",
        "Record the document first, or correct kind, issuer and number.";
    UnknownPermit = "UNKNOWN_PERMIT", NotFound,
        "The person holds no such permit.",
        "Correct the permit number, or record the permit first.";
    UnknownOrder = "UNKNOWN_ORDER", NotFound,
        "The person has no order of expulsion with this number on that day.",
        "Correct the number of the order.";
    DecisionUnknown = "DECISION_UNKNOWN", NotFound,
        "The act named took no decision against this person.",
        "Name the act by which the decision was recorded.";
    AppealUnknown = "APPEAL_UNKNOWN", NotFound,
        "The act named lodged no appeal of this person, or the appeal is decided.",
        "Name the act by which the appeal was lodged.";
    SuspensionUnknown = "SUSPENSION_UNKNOWN", NotFound,
        "The act named suspended no expulsion of this person, or what it did has ended.",
        "Name the act by which the suspension was recorded.";
    ProtectionUnknown = "PROTECTION_UNKNOWN", NotFound,
        "The act named recorded no protection of this person, or the protection has ended.",
        "Name the act by which the protection was recorded.";
    EntryBanUnknown = "ENTRY_BAN_UNKNOWN", NotFound,
        "The person has no entry ban with this number, or it is lifted.",
        "Correct the number of the ban.";
    HoldingUnknown = "HOLDING_UNKNOWN", NotFound,
        "The act named recorded no holding of this person that is open to this.",
        "Name the act by which the holding was recorded.";
    StayUnknown = "STAY_UNKNOWN", NotFound,
        "There is no stay of removal with this number, or it is lifted.",
        "Correct the number of the stay.";
    UnknownIdentityLink = "UNKNOWN_IDENTITY_LINK", NotFound,
        "There is no identity link in force between the two persons.",
        "Nothing is to be withdrawn.";
    TargetUnknown = "TARGET_UNKNOWN", NotFound,
        "The act to be corrected or annulled is not recorded.",
        "Correct the identifier of the act.";
    DisputeUnknown = "DISPUTE_UNKNOWN", NotFound,
        "The person has no such dispute open.",
        "Correct the identifier of the act that recorded the dispute; a dispute that has ended is not ended again.";
    UnknownCampaign = "UNKNOWN_CAMPAIGN", NotFound,
        "The campaign is not in the registry.",
        "Read the number of the campaign again.";
    UnknownRecord = "UNKNOWN_RECORD", NotFound,
        "There is no record at this position.",
        "Ask for positions below the size of the ledger.";

    // What is there already.
    ActIdReused = "ACT_ID_REUSED", AlreadyExists,
        "Another act with this identifier is recorded.",
        "Give each act its own identifier; send the same bytes to repeat an act.";
    DuplicateDocument = "DUPLICATE_DOCUMENT", AlreadyExists,
        "This document is recorded for another person, or twice for this one.",
        "Compare the two registrations; if they are the same person, confirm it by an act.";
    DuplicatePermit = "DUPLICATE_PERMIT", AlreadyExists,
        "A permit or visa with this number is recorded already.",
        "Correct the number.";
    DisputeStands = "DISPUTE_STANDS", AlreadyExists,
        "The person contests this fact already.",
        "The fact is marked; the agency that recorded it is to answer.";
    HoldingStands = "HOLDING_STANDS", AlreadyExists,
        "The person is held already.",
        "End the holding that stands first.";
    NumberInUse = "NUMBER_IN_USE", AlreadyExists,
        "The person has an order, an appeal or an entry ban with this number.",
        "Give each of them a number of its own.";
    DecisionServedBefore = "DECISION_SERVED_BEFORE", AlreadyExists,
        "The decision was served before.",
        "Nothing is to be done; correct the act that recorded the service if it is wrong.";
    AppealLodgedBefore = "APPEAL_LODGED_BEFORE", AlreadyExists,
        "An appeal against the decision was lodged before; there is one.",
        "Add to the appeal that was lodged.";
    ProtectionStands = "PROTECTION_STANDS", AlreadyExists,
        "A protection of this kind stands.",
        "Nothing is to be done; end it when its cause has ended.";
    AlreadyEnrolled = "ALREADY_ENROLLED", AlreadyExists,
        "The agency, key or office is enrolled already.",
        "Nothing is to be enrolled; revoke it first to enrol it anew.";
    AlreadyFounded = "ALREADY_FOUNDED", AlreadyExists,
        "The registry is founded already.",
        "A registry is founded once.";
    VersionConflict = "VERSION_CONFLICT", Aborted,
        "The subject has changed since the author saw it.",
        "Read the subject again and decide anew.";

    // Time.
    FutureDate = "FUTURE_DATE", FailedPrecondition,
        "The fact is dated in the future.",
        "Record a fact when it has come about, or correct the date.";
    BeforeBirth = "BEFORE_BIRTH", FailedPrecondition,
        "The fact is dated before the birth of a person it concerns.",
        "Correct the date, or correct the date of birth first.";
    AfterDeath = "AFTER_DEATH", FailedPrecondition,
        "The fact is dated after the death of a person it concerns.",
        "Correct the date, or correct or annul the registration of death first.";
    TermTooLong = "TERM_TOO_LONG", FailedPrecondition,
        "The validity is longer than the rule allows.",
        "Shorten the validity to the length the rule names.";
    TermReversed = "TERM_REVERSED", FailedPrecondition,
        "The validity ends before it begins.",
        "Correct the first or the last day.";
    TermMissing = "TERM_MISSING", FailedPrecondition,
        "The last valid day is not stated.",
        "State the last valid day.";

    // Vital events and family.
    PersonDeceased = "PERSON_DECEASED", FailedPrecondition,
        "A person the act concerns has died.",
        "After a death only corrections, annulments and facts from before it are recorded.";
    AlreadyDeceased = "ALREADY_DECEASED", FailedPrecondition,
        "The death of this person is registered already.",
        "Correct the registration of death if something in it is wrong.";
    AlreadyMarried = "ALREADY_MARRIED", FailedPrecondition,
        "The two are married to each other, or a marriage that excludes this one stands.",
        "Register the divorce or the correction first.";
    NotMarried = "NOT_MARRIED", FailedPrecondition,
        "No marriage between the two is recorded.",
        "Register the marriage first.";
    LicenceRequired = "LICENCE_REQUIRED", FailedPrecondition,
        "This marriage needs a licence or a registration permit, and none is in force.",
        "Issue the licence or permit first and name it.";
    LicenceUsed = "LICENCE_USED", FailedPrecondition,
        "The licence has been used or has expired.",
        "Issue a new licence.";
    PartyNotForeign = "PARTY_NOT_FOREIGN", FailedPrecondition,
        "No party of the act is a registered person.",
        "The registry records facts about registered persons only.";
    ParentageConflict = "PARENTAGE_CONFLICT", FailedPrecondition,
        "The child has another parent in this role.",
        "Correct or annul the earlier finding first.";
    NotAMinor = "NOT_A_MINOR", FailedPrecondition,
        "The person is not a minor on this day.",
        "A guardian is appointed for persons under eighteen.";

    // Residence, status, documents.
    PermitOverlap = "PERMIT_OVERLAP", FailedPrecondition,
        "Another residence permit is valid in the same days.",
        "Begin after the other permit ends, or convert or revoke it.";
    PermitNotInForce = "PERMIT_NOT_IN_FORCE", FailedPrecondition,
        "The permit is revoked, lapsed, replaced or converted.",
        "Issue a new permit.";
    PermitStillValid = "PERMIT_STILL_VALID", FailedPrecondition,
        "The permit is still valid on this day.",
        "A permit lapses after its last valid day.";
    RenewalLimit = "RENEWAL_LIMIT", FailedPrecondition,
        "The permit has been renewed as often as the rule allows.",
        "Issue a permit of another kind.";
    NotEligible = "NOT_ELIGIBLE", FailedPrecondition,
        "The conditions of this kind of residence are not met.",
        "See the rule for the conditions.";
    ConditionNotShown = "CONDITION_NOT_SHOWN", FailedPrecondition,
        "A condition of this residence is neither in the record nor attested, and nobody exempted the person from it.",
        "Record `attest_residence_condition` for each condition named, with the reference of its paper, or `exempt_from_residence_condition`.";
    ExemptionNotAllowed = "EXEMPTION_NOT_ALLOWED", FailedPrecondition,
        "Nobody is exempted from this condition.",
        "Record `attest_residence_condition` when it is met.";
    ResidenceConditionsFull = "RESIDENCE_CONDITIONS_FULL", FailedPrecondition,
        "As many conditions of residence are attested for the person as the registry keeps.",
        "Annul those that were recorded by mistake: one attestation of each condition is enough.";
    ScopeNotAllowed = "SCOPE_NOT_ALLOWED", FailedPrecondition,
        "The permit's scope, individual or family, does not fit the person's age.",
        "See the rule for the scope that fits.";
    TransitionNotAllowed = "TRANSITION_NOT_ALLOWED", FailedPrecondition,
        "No rule leads from the person's status to this one.",
        "See the table of transitions.";
    AsylumUnitOnly = "ASYLUM_UNIT_ONLY", FailedPrecondition,
        "That somebody asks for asylum is recorded by the asylum unit alone, and in no person's life.",
        "Have the claim lodged with the asylum unit, which records it with `lodge_asylum_claim`.";
    ClaimPending = "CLAIM_PENDING", FailedPrecondition,
        "A claim to asylum of this person is not decided yet.",
        "Record what is new about the claim that is pending.";
    ClaimDecided = "CLAIM_DECIDED", FailedPrecondition,
        "The claim to asylum is decided.",
        "Lodge a new claim, or correct the decision.";
    BiometricReferenceWithdrawn = "BIOMETRIC_REFERENCE_WITHDRAWN", FailedPrecondition,
        "The biometric reference is withdrawn.",
        "Record the one that took its place; this one waits to be erased.";
    BiometricReferencesFull = "BIOMETRIC_REFERENCES_FULL", FailedPrecondition,
        "The person has as many biometric references as the registry keeps.",
        "Withdraw those that serve no purpose, and have them erased.";
    StatusNotHeld = "STATUS_NOT_HELD", FailedPrecondition,
        "The person does not hold this status.",
        "Name a status that the person holds.";
    StatusHeld = "STATUS_HELD", FailedPrecondition,
        "The person holds this status already.",
        "Nothing is to be granted.";
    DeciderMissing = "DECIDER_MISSING", FailedPrecondition,
        "A decision that takes something away names no deciding body.",
        "Name the body that decided.";
    GroundMissing = "GROUND_MISSING", FailedPrecondition,
        "A decision that takes something away names no ground.",
        "Name the article and item it rests on.";
    MissingNotice = "MISSING_NOTICE", FailedPrecondition,
        "The decision has not been served on the person.",
        "Serve notice and record the day of service.";
    AppealBodyMissing = "APPEAL_BODY_MISSING", FailedPrecondition,
        "The decision names no body to which the person may object.",
        "Name the body of appeal.";
    ExpulsionOrderEnded = "EXPULSION_ORDER_ENDED", FailedPrecondition,
        "The order of expulsion was withdrawn, voided on appeal, or carried out.",
        "There is nothing left of it; a new decision needs a new order.";
    ExpulsionNotServed = "EXPULSION_NOT_SERVED", FailedPrecondition,
        "The order of expulsion was not served on the person by that day.",
        "Serve it, and wait until the time for an appeal has passed.";
    AppealTimeRunning = "APPEAL_TIME_RUNNING", FailedPrecondition,
        "The time in which the person may appeal has not passed.",
        "Wait until it has passed, and until an appeal is decided if one is lodged.";
    AppealOpen = "APPEAL_OPEN", FailedPrecondition,
        "An appeal of the person is open.",
        "Wait until it is decided.";
    ExpulsionIsSuspended = "EXPULSION_IS_SUSPENDED", FailedPrecondition,
        "A court has suspended the expulsion.",
        "Wait until the suspension has ended, or a court has lifted it.";
    RemovalBarred = "REMOVAL_BARRED", FailedPrecondition,
        "Something stands against the removal of the person, which the registry does not tell.",
        "Do not remove the person. Ask the directorate for foreign nationals when the bar may have ended.";
    CommissionSessionMissing = "COMMISSION_SESSION_MISSING", FailedPrecondition,
        "No session of the commission on this appeal is named.",
        "Record the session, and name the act that recorded it.";
    TooManyStays = "TOO_MANY_STAYS", FailedPrecondition,
        "As many stays of removal on this ground were placed for the person as the registry keeps apart.",
        "Rely on those that stand, or annul and correct what was placed last.";
    DocumentNotLive = "DOCUMENT_NOT_LIVE", FailedPrecondition,
        "The document has been voided.",
        "Issue a new document.";

    // Households and files.
    AlreadyMember = "ALREADY_MEMBER", FailedPrecondition,
        "The person is a member of a household.",
        "Move the member, or remove the member first.";
    NotAMember = "NOT_A_MEMBER", FailedPrecondition,
        "The person is not a member of the household.",
        "Add the member first, or correct the household.";
    NotAHead = "NOT_A_HEAD", FailedPrecondition,
        "The person cannot be, or is not, the head of the household.",
        "Name a member who can be head.";
    HouseholdEmpty = "HOUSEHOLD_EMPTY", FailedPrecondition,
        "The household has no members.",
        "Form a new household.";
    FileElsewhere = "FILE_ELSEWHERE", FailedPrecondition,
        "The person's file is held by another province.",
        "Have the act recorded where the file is, or transfer the file first.";
    FileInTransit = "FILE_IN_TRANSIT", FailedPrecondition,
        "The person's file is between two provinces.",
        "The receiving province records the receipt first.";
    FileNotInTransit = "FILE_NOT_IN_TRANSIT", FailedPrecondition,
        "The person's file is not on its way to this province.",
        "The sending province records the transfer first.";

    // Presence.
    NotInCountry = "NOT_IN_COUNTRY", FailedPrecondition,
        "The person is recorded as having left the country.",
        "Record the entry first.";
    AlreadyInCountry = "ALREADY_IN_COUNTRY", FailedPrecondition,
        "The person is recorded as being in the country.",
        "Record the exit first.";

    // Amendments and identity.
    TargetAnnulled = "TARGET_ANNULLED", FailedPrecondition,
        "The act is annulled.",
        "Annul the annulment to reinstate it.";
    TargetNotAmendable = "TARGET_NOT_AMENDABLE", FailedPrecondition,
        "An act of this kind is not corrected or annulled by an act.",
        "See the rule for the way back.";
    NotSameKind = "NOT_SAME_KIND", FailedPrecondition,
        "The replacement is an act of another kind.",
        "Annul the act and submit the right one.";
    NotSameSubjects = "NOT_SAME_SUBJECTS", FailedPrecondition,
        "The replacement is about other subjects.",
        "Annul the act and submit the right one.";
    DependentActsStand = "DEPENDENT_ACTS_STAND", FailedPrecondition,
        "Other acts rest on this one.",
        "Annul the later acts first.";
    LaterActsContradict = "LATER_ACTS_CONTRADICT", FailedPrecondition,
        "Facts recorded for the same day or later ones would no longer hold.",
        "Correct the date, or annul the later acts first.";
    OutOfSequence = "OUT_OF_SEQUENCE", FailedPrecondition,
        "On its day the fact finds nothing to act on.",
        "State the day exactly, or record first what came before.";
    IdentityContradiction = "IDENTITY_CONTRADICTION", FailedPrecondition,
        "The opposite finding about the two persons is in force.",
        "Withdraw the earlier finding first.";

    CorrectionMissing = "CORRECTION_MISSING", FailedPrecondition,
        "The dispute is upheld, but the act named has not put the fact right.",
        "Correct or annul the act that states the fact, then name that act.";
    DisputeOfOtherAgency = "DISPUTE_OF_OTHER_AGENCY", FailedPrecondition,
        "Another agency is to answer the dispute.",
        "The agency that recorded the fact answers; the one that took the dispute, or the data-protection officer, records that it was withdrawn.";

    // Campaigns.
    CampaignNotOpen = "CAMPAIGN_NOT_OPEN", FailedPrecondition,
        "The campaign begins after the day of the fact.",
        "Record it on or after the first day of the campaign.";
    CampaignEnded = "CAMPAIGN_ENDED", FailedPrecondition,
        "The campaign has ended.",
        "Record who took part late; nothing else is added to it. If it was closed by mistake, annul the closing.";
    TookPart = "TOOK_PART", AlreadyExists,
        "The person took part in this campaign already.",
        "If that is wrong, correct or annul the act that recorded it.";
    AbsenceRecorded = "ABSENCE_RECORDED", AlreadyExists,
        "It is recorded already that the person did not take part.",
        "If that is wrong, correct or annul the act that recorded it; whoever comes late is recorded all the same.";
    TargetListFixed = "TARGET_LIST_FIXED", AlreadyExists,
        "The target list of the campaign is fixed already.",
        "If it is wrong, correct the act that fixed it.";
    TargetListMissing = "TARGET_LIST_MISSING", FailedPrecondition,
        "The campaign has no target list by which this could be counted.",
        "Fix the target list first.";
    CountDiffers = "COUNT_DIFFERS", FailedPrecondition,
        "The number stated is not the one that the registry counts.",
        "State the number that the refusal names, or another day or time up to which it is counted.";

    // Sites.
    UnknownSite = "UNKNOWN_SITE", NotFound,
        "The site is not in the registry.",
        "Read the number of the site again.";
    SiteNotOpen = "SITE_NOT_OPEN", FailedPrecondition,
        "The site was opened after the day of the fact.",
        "Record it on or after the day on which the site was opened.";
    SiteClosed = "SITE_CLOSED", FailedPrecondition,
        "The site has ended.",
        "Name another site. If it was closed by mistake, annul the closing.";
    SiteFull = "SITE_FULL", FailedPrecondition,
        "No place of the site is free.",
        "Name another site, or state in `over_capacity_reason` why the person is taken all the same.";
    SiteOccupied = "SITE_OCCUPIED", FailedPrecondition,
        "Somebody stays in the site.",
        "Transfer or discharge whoever is there, then close it.";
    InAnotherSite = "IN_ANOTHER_SITE", FailedPrecondition,
        "The person stays in a site on that day.",
        "Record a transfer, or the discharge first.";
    NotInSite = "NOT_IN_SITE", FailedPrecondition,
        "The person does not stay in this site on that day.",
        "Name the site in which the person stays, or record the admission first.";
    HoldingMissing = "HOLDING_MISSING", FailedPrecondition,
        "The person is not held on that day, and nobody is kept in such a site without a holding.",
        "Record the holding with its legal basis first, or admit the person on another ground.";

    // Service cases.
    UnknownService = "UNKNOWN_SERVICE", NotFound,
        "The service is not in the catalogue.",
        "Use an identifier of the catalogue; see `sabt services`.";
    UnknownCase = "UNKNOWN_CASE", NotFound,
        "There is no such service case.",
        "Correct the number of the case, or open one with `request_service`.";
    UnknownInquiry = "UNKNOWN_INQUIRY", NotFound,
        "No inquiry with this number was sent in the case.",
        "Correct the number of the inquiry, or record that it was sent.";
    UnknownPaper = "UNKNOWN_PAPER", NotFound,
        "No paper with this number was issued in the case.",
        "Correct the number of the paper.";
    StepRepeated = "STEP_REPEATED", AlreadyExists,
        "This step of the case is recorded already.",
        "Correct the act that recorded it if something in it is wrong.";
    ServiceOutOfScope = "SERVICE_OUT_OF_SCOPE", FailedPrecondition,
        "The service does not concern foreign nationals.",
        "No case of it is kept here.";
    ApplicantNotAllowed = "APPLICANT_NOT_ALLOWED", FailedPrecondition,
        "The service is not for applicants of this kind, or leads to no such person.",
        "See the catalogue for whom the service is.";
    StepNotAllowed = "STEP_NOT_ALLOWED", FailedPrecondition,
        "The catalogue gives the service no such step.",
        "Leave the step out; see `sabt services`.";
    StepMissing = "STEP_MISSING", FailedPrecondition,
        "A step without which the service is not granted is missing.",
        "Record the step that is named first.";
    PaperNotAllowed = "PAPER_NOT_ALLOWED", FailedPrecondition,
        "The service does not lead to a paper of this kind.",
        "Issue a paper that the catalogue names for the service.";
    CaseClosed = "CASE_CLOSED", FailedPrecondition,
        "The case is closed.",
        "Open a new case; an appeal opens this one again.";
    CaseDecided = "CASE_DECIDED", FailedPrecondition,
        "The case is decided.",
        "Correct or annul the decision, or record an appeal against it.";
    CaseNotDecided = "CASE_NOT_DECIDED", FailedPrecondition,
        "No decision stands in the case.",
        "Record the decision first.";
    CaseNotGranted = "CASE_NOT_GRANTED", FailedPrecondition,
        "No grant is in effect in the case.",
        "Record the grant first; one that takes something away has effect from notice, and not under appeal.";
    OpinionsAwaited = "OPINIONS_AWAITED", FailedPrecondition,
        "Members of the commission still have time to give their opinion.",
        "Decide when they have answered or their 24 hours are over.";
    OpinionNotAsked = "OPINION_NOT_ASKED", FailedPrecondition,
        "The member of the commission was not asked, or has answered.",
        "Record that the member was asked first.";
    NoOpenAppeal = "NO_OPEN_APPEAL", FailedPrecondition,
        "No appeal is open in the case.",
        "Record the appeal first.";
    RecordClosed = "RECORD_CLOSED", FailedPrecondition,
        "The person became Iranian, and the record is closed.",
        "Name the person by the Iranian national number.";

    // Governance.
    NotFounded = "NOT_FOUNDED", FailedPrecondition,
        "The registry has not been founded.",
        "Submit the founding act first.";
    EnrolmentInUse = "ENROLMENT_IN_USE", FailedPrecondition,
        "Something enrolled depends on this.",
        "Revoke what depends on it first.";
    PolicyUnknown = "POLICY_UNKNOWN", FailedPrecondition,
        "The policy is not the one this registry can apply.",
        "Adopt the edition and digest that `sabt access show` prints.";
    PolicySuperseded = "POLICY_SUPERSEDED", FailedPrecondition,
        "A later edition of the policy is in force, and an earlier one does not come back.",
        "Adopt the newest edition, or ask again under it.";

    // Erasure.
    MalformedOrder = "MALFORMED_ORDER", InvalidArgument,
        "The bytes are not an order of erasure of a known form.",
        "Send the order exactly as it was signed.";
    OrderOfOtherRegistry = "ORDER_OF_OTHER_REGISTRY", PermissionDenied,
        "The order of erasure was signed for another registry.",
        "Have it proposed and approved for this one.";
    OrderOfOtherPerson = "ORDER_OF_OTHER_PERSON", PermissionDenied,
        "The case that comes with the order is not the one that was approved.",
        "Send the case and nonce that belong to the order.";
    OrderNotApproved = "ORDER_NOT_APPROVED", PermissionDenied,
        "The order lacks the signature of an approver.",
        "Have the data-protection officer and the governance authority sign it.";
    OrderForged = "ORDER_FORGED", Unauthenticated,
        "A signature does not fit the order and the key that it names.",
        "Sign exactly the bytes sent, for this registry, with the keys named.";
    OrderNotByApprover = "ORDER_NOT_BY_APPROVER", PermissionDenied,
        "Whoever hands the order in is not one of its approvers.",
        "Have one of the two officers who signed it carry it out.";
    OrderApproverNotAllowed = "ORDER_APPROVER_NOT_ALLOWED", PermissionDenied,
        "An approver does not stand in the role, agency or office that the order states.",
        "The data-protection officer orders and the governance authority approves, each with their own key.";
    OrderApproversSame = "ORDER_APPROVERS_SAME", PermissionDenied,
        "The approvers are not two officers of two agencies with two keys.",
        "Have an officer of another agency approve it.";
    OrderExpired = "ORDER_EXPIRED", PermissionDenied,
        "The order was to be carried out before now.",
        "Have it proposed and approved anew.";
    OrderTooLong = "ORDER_TOO_LONG", PermissionDenied,
        "The order is valid for longer than an order may wait.",
        "Propose it with an end at most 30 days away.";
    OrderOutdated = "ORDER_OUTDATED", Aborted,
        "The order does not name exactly the records that there are about the person.",
        "Read the positions again, and have the order proposed and approved anew.";
    OrderNotDue = "ORDER_NOT_DUE", FailedPrecondition,
        "The order rests on the end of retention, and a clock has not run out.",
        "Wait until every clock has run out; see `sabt erase due`.";
    SubjectErased = "SUBJECT_ERASED", FailedPrecondition,
        "What was recorded about a subject of the act was erased, and nothing more can be recorded about it.",
        "Where the person is met again, register them as a new person.";

    // The registry itself.
    QueueFull = "QUEUE_FULL", ResourceExhausted,
        "Too many acts are waiting.",
        "Retry after a pause.";
    TooManyRequests = "TOO_MANY_REQUESTS", ResourceExhausted,
        "The asker's rate or number of open calls is above its limit.",
        "Retry after a pause.";
    NotWritable = "NOT_WRITABLE", Unavailable,
        "The registry does not accept acts at present.",
        "See the status of the registry; retry later.";
    ShuttingDown = "SHUTTING_DOWN", Unavailable,
        "The registry is shutting down.",
        "Retry later.";
    RestoredCopy = "RESTORED_COPY", Unavailable,
        "The registry was brought back from a backup, and it is not confirmed that nothing signed is missing from it.",
        "The operator confirms the copy with `sabt restore DIR --confirm` and serves it again; see its status.";
    ViewsBehind = "VIEWS_BEHIND", Unavailable,
        "The views have not reached the position asked for.",
        "Retry after a pause, or ask for an earlier position.";
    ProofNotReady = "PROOF_NOT_READY", Unavailable,
        "No published checkpoint or anchor covers the record yet.",
        "Retry: the record stands, and a proof follows.";
    StatisticsNotClosed = "STATISTICS_NOT_CLOSED", FailedPrecondition,
        "There are no statistics for this day and cut-off: months close with their end, when at least 100 subjects are new.",
        "Ask for the end of a later month, or without a cut-off.";
    StatisticsInPreparation = "STATISTICS_IN_PREPARATION", Unavailable,
        "The figures asked for, or others, are being counted.",
        "Ask again in a minute: what is counted is kept.";
    ExtractTooLarge = "EXTRACT_TOO_LARGE", FailedPrecondition,
        "There is more about this person than one extract holds.",
        "Ask for the person, the history and the look-ups by themselves, and hand those over.";
}
