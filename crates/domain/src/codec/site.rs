//! Sites as messages.

use sabt_proto::event::v1 as proto;

use super::field::{Field, Wire, wire};
use super::reader::Reader;
use crate::act::{
    ChangeSiteCapacity, CloseSite, InspectSite, OpenSite, RecordSiteAdmission, RecordSiteDischarge,
    RecordSiteTransfer,
};
use crate::event::SiteOpened;

wire! {
    OpenSite { kind, name: text, province, capacity }
    SiteOpened { number, terms }
    ChangeSiteCapacity { site, capacity, reason: text }
    RecordSiteAdmission { person, site, ground, over_capacity_reason: optional_text }
    RecordSiteTransfer { person, from_site, to_site, over_capacity_reason: optional_text }
    RecordSiteDischarge { person, site, reason }
    InspectSite { site, inspected_by: text, findings, report_reference: reference, next_on }
    CloseSite { site }
}
