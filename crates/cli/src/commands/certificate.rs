//! `sabt certificate`.

use std::path::{Path, PathBuf};

use rcgen::RevocationReason;
use sabt_server::config::Config;
use serde_json::json;

use crate::args::{CertificateArgs, CertificateCommand, IssueArgs, RenewArgs, RevokeArgs};
use crate::error::CliError;
use crate::files::{self, Mode};
use crate::out::Out;
use crate::pki::{self, Authority, Issued, Pair, RevocationList};
use crate::text;

/// Name that `renew` takes for the certificate of the server.
const SERVER: &str = "server";

/// Does what the subcommand says.
///
/// # Errors
/// [`CliError`].
pub fn run(args: &CertificateArgs, out: &mut Out) -> Result<(), CliError> {
    match &args.command {
        CertificateCommand::Issue(args) => issue(args, out),
        CertificateCommand::Renew(args) => renew(args, out),
        CertificateCommand::Revoke(args) => revoke(args, out),
    }
}

/// The development authority of a directory, and where its list stands.
struct Office {
    dir: PathBuf,
    registry: String,
    authority: Authority,
    /// The list that the server reads; `None` if its configuration names none.
    list: Option<PathBuf>,
}

impl Office {
    fn open(dir: &Path) -> Result<Self, CliError> {
        let config = Config::load(dir)?;
        let authority = Authority::open(&config.registry, dir)?;
        Ok(Self {
            dir: dir.to_owned(),
            registry: config.registry,
            authority,
            list: config.tls.client_revocations.map(|path| dir.join(path)),
        })
    }

    /// Where the files of a client stand, without their endings.
    fn client(&self, name: &str) -> Result<PathBuf, CliError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if name.is_empty() || name == SERVER || !name.chars().all(plain) {
            return Err(CliError::usage(
                format!("{name:?} cannot be the name of a client's certificate"),
                "use letters, digits and hyphens, and another word than `server`",
            ));
        }
        Ok(pki::directory(&self.dir).join("clients").join(name))
    }

    /// Puts a certificate on the list; `false` if it was there before.
    fn revoke(&self, certificate: &Issued, reason: RevocationReason) -> Result<bool, CliError> {
        let own = pki::revocations(&self.dir);
        let path = self.list.as_ref().unwrap_or(&own);
        let mut list = match files::read_text(path) {
            Ok(pem) => RevocationList::parse(&pem, &self.authority)?,
            Err(err) if err.is_missing() => RevocationList::default(),
            Err(err) => return Err(err.into()),
        };
        if !list.revoke(certificate, reason) {
            return Ok(false);
        }
        files::replace(path, list.sign(&self.authority)?.as_bytes(), Mode::Public)?;
        Ok(true)
    }

    /// Complains if the server does not read the list.
    fn check_is_read(&self) -> Result<(), CliError> {
        if self.list.is_some() {
            return Ok(());
        }
        Err(CliError::Otherwise(format!(
            "the certificate is on the list, but the server does not read it\n  hint: add `client_revocations = \
             \"keys/tls/ca.crl\"` under [tls] in {} and start `sabt serve` again",
            text::shell(&self.dir.join(Config::FILE))
        )))
    }
}

fn issue(args: &IssueArgs, out: &mut Out) -> Result<(), CliError> {
    let office = Office::open(&args.dir)?;
    let stem = office.client(&args.name)?;
    let IssueArgs {
        agency, officer, ..
    } = args;
    let pair = office
        .authority
        .client_valid_for(agency, officer, args.days.into())?;
    let issued = Issued::parse(&pair.certificate)?;
    if issued.caller(&office.registry).is_none() {
        return Err(CliError::usage(
            "an agency or officer with this code cannot be named in a certificate".to_owned(),
            "codes are 1 to 32 letters, digits and hyphens",
        ));
    }
    pair.write(&stem)?;
    told(&args.name, &stem, &issued, out)?;
    out.say(format!(
        "It lets in what agency {agency} may do, once that is enrolled: --as {}",
        args.name
    ))?;
    Ok(())
}

fn renew(args: &RenewArgs, out: &mut Out) -> Result<(), CliError> {
    let office = Office::open(&args.dir)?;
    let is_server = args.name == SERVER;
    let stem = if is_server {
        pki::directory(&args.dir).join(SERVER)
    } else {
        office.client(&args.name)?
    };
    let old = Issued::parse(&Pair::read(&stem)?.certificate)?;
    let no_holder = || {
        CliError::usage(
            format!(
                "the certificate {:?} names nobody of this registry",
                args.name
            ),
            "renew it with the authority that issued it",
        )
    };
    let days = args.days.into();
    let pair = if is_server {
        let address = old.address().ok_or_else(no_holder)?;
        office.authority.server_valid_for(address, days)?
    } else {
        let caller = old.caller(&office.registry).ok_or_else(no_holder)?;
        let (agency, officer) = (&caller.agency, &caller.officer);
        office.authority.client_valid_for(agency, officer, days)?
    };
    pair.replace(&stem)?;
    told(&args.name, &stem, &Issued::parse(&pair.certificate)?, out)?;
    if is_server {
        out.say("A server that runs shows it to new connections within some seconds.")?;
        return Ok(());
    }
    if args.keep_old {
        out.say("The old one goes on being good until it is revoked or expires.")?;
        return Ok(());
    }
    office.revoke(&old, RevocationReason::Superseded)?;
    office.check_is_read()?;
    out.say("The old one is revoked.")?;
    Ok(())
}

/// Says what was issued.
fn told(name: &str, stem: &Path, issued: &Issued, out: &mut Out) -> Result<(), CliError> {
    let (certificate, key) = (stem.with_extension("pem"), stem.with_extension("key"));
    out.json(&json!({
        "name": name,
        "certificate": certificate,
        "key": key,
        "serial": hex::encode(issued.serial()),
        "valid_until": issued.not_after(),
    }))?;
    out.say(format!(
        "{} and its key are written; valid until {}.",
        text::shell(&certificate),
        text::instant(issued.not_after())
    ))?;
    Ok(())
}

fn revoke(args: &RevokeArgs, out: &mut Out) -> Result<(), CliError> {
    let office = Office::open(&args.dir)?;
    let named = office.client(&args.certificate).ok();
    let named = named.map(|stem| stem.with_extension("pem"));
    let path = match named {
        Some(path) if path.exists() => path,
        _ => PathBuf::from(&args.certificate),
    };
    let certificate = match files::read_text(&path) {
        Ok(pem) => Issued::parse(&pem)?,
        Err(err) if err.is_missing() => {
            let clients = pki::directory(&args.dir).join("clients");
            return Err(CliError::usage(
                format!("there is no certificate {:?}", args.certificate),
                format!("give a name under {} or a file", text::shell(&clients)),
            ));
        }
        Err(err) => return Err(err.into()),
    };
    let authority = Issued::parse(&office.authority.pair().certificate)?;
    if !certificate.is_issued_by(&authority) {
        return Err(CliError::usage(
            "the development authority did not issue this certificate".to_owned(),
            "the authority that issued it revokes it, in a list of its own",
        ));
    }
    let new = office.revoke(&certificate, args.reason.into())?;
    out.json(&json!({
        "serial": hex::encode(certificate.serial()),
        "revoked": true,
        "already": !new,
    }))?;
    office.check_is_read()?;
    out.say(if new {
        "It is revoked. A server that runs refuses its holder within some seconds, also on open connections."
    } else {
        "It was revoked before; nothing is changed."
    })?;
    Ok(())
}
