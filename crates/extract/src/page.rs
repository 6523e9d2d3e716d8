//! The page: one HTML file that prints, without scripts and without anything from elsewhere. It ends with the signed
//! extract itself, in an element that browsers do not show.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use prost::Message as _;
use prost_reflect::{DynamicMessage, Kind, ReflectMessage as _, Value};
use sabt_proto::extract::v1::{Extract, SignedExtract};

use crate::PAGE_BYTES_MAX;
use crate::label::{Labels, Lookup, Words};
use crate::shown::{self, POOL, Row, Shown};
use crate::signed::{ExtractError, UnverifiedExtract, VerifiedExtract, digest, read};

/// How the page looks.
const STYLE: &str = include_str!("../data/page.css");
/// What stands before the signed extract on a page, and after it.
const BEGIN: &str = "<template id=\"sabt-extract\">\n";
const END: &str = "</template>\n";
/// Characters of base64 in a line.
const LINE: usize = 76;

/// What stands under the title: names of fields of `sabt.extract.v1.Extract`.
const HEAD: [&str; 5] = ["registry", "person", "made_at", "reflects", "request"];

/// Sections in the order of the page: name of the field of `sabt.extract.v1.Extract`.
const SECTIONS: [&str; 16] = [
    "identity",
    "documents",
    "residence",
    "statuses",
    "family",
    "household",
    "whereabouts",
    "vital_events",
    "presence",
    "removal",
    "service_cases",
    "contested",
    "deadlines",
    "contest",
    "look_ups",
    "history",
];

/// Sections that the first extracts did not have: where there is nothing to show they are left out, so that those print as
/// they did.
const LATER: [&str; 2] = ["removal", "service_cases"];

/// The page of a signed extract. It is not verified here.
///
/// # Errors
/// [`ExtractError`] if what is signed is no extract of a form that this program prints.
pub fn html(signed: &SignedExtract) -> Result<String, ExtractError> {
    let extract = read(&signed.extract)?;
    let labels = Labels::of(&extract);
    print(&extract, signed, &Lookup::new(&labels))
}

/// The signed extract that stands at the end of a page.
///
/// # Errors
/// [`ExtractError::Length`], [`ExtractError::Signed`].
pub fn signed_in(page: &[u8]) -> Result<UnverifiedExtract, ExtractError> {
    if PAGE_BYTES_MAX < page.len() {
        return Err(ExtractError::Length { bytes: page.len() });
    }
    let text = str::from_utf8(page).ok();
    let lines = text.and_then(|text| {
        let (_before, rest) = text.split_once(BEGIN)?;
        Some(rest.split_once(END)?.0)
    });
    let base64: String = lines.ok_or(ExtractError::Signed)?.lines().collect();
    let bytes = BASE64.decode(base64).ok().ok_or(ExtractError::Signed)?;
    UnverifiedExtract::parse(&bytes)
}

/// The first line, 1-based, in which a page is not the one that its signed extract prints; `None` if it is that page,
/// byte for byte.
///
/// # Errors
/// As [`html`].
pub fn first_difference(
    page: &[u8],
    extract: &VerifiedExtract,
) -> Result<Option<usize>, ExtractError> {
    let printed = html(extract.signed())?;
    if printed.as_bytes() == page {
        return Ok(None);
    }
    let lines = printed.as_bytes().split(|byte| *byte == b'\n');
    let same = lines.zip(page.split(|byte| *byte == b'\n'));
    Ok(Some(
        same.take_while(|(printed, found)| printed == found).count() + 1,
    ))
}

pub(crate) fn print(
    extract: &Extract,
    signed: &SignedExtract,
    lookup: &Lookup<'_>,
) -> Result<String, ExtractError> {
    let descriptor = POOL.get_message_by_name("sabt.extract.v1.Extract");
    let descriptor = descriptor.ok_or(ExtractError::Document)?;
    let message = DynamicMessage::decode(descriptor, extract.encode_to_vec().as_slice())
        .map_err(|_malformed| ExtractError::Document)?;
    let mut page = Page {
        html: String::new(),
        lookup,
        message: &message,
    };
    page.head(extract);
    for section in SECTIONS {
        page.section(section, extract);
    }
    page.withheld(extract);
    page.provenance(extract, signed);
    page.signed(signed);
    Ok(page.html)
}

struct Page<'a> {
    html: String,
    lookup: &'a Lookup<'a>,
    message: &'a DynamicMessage,
}

impl Page<'_> {
    fn add(&mut self, html: &str) {
        self.html.push_str(html);
    }

    fn line(&mut self, html: &str) {
        self.add(html);
        self.html.push('\n');
    }

    fn head(&mut self, extract: &Extract) {
        let title = self.lookup.words("t:title");
        self.line("<!DOCTYPE html>");
        self.line("<html lang=\"en\">");
        self.line("<head>");
        self.line("<meta charset=\"utf-8\">");
        // Nothing is loaded, run or sent; the one style is named by its digest.
        let style = BASE64.encode(digest(STYLE.as_bytes()));
        self.line(&format!(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{style}'; \
             base-uri 'none'; form-action 'none'\">"
        ));
        self.line("<meta name=\"referrer\" content=\"no-referrer\">");
        self.line("<meta name=\"viewport\" content=\"width=device-width\">");
        let person = escape(&extract.person);
        self.line(&format!("<title>{} {person}</title>", escape(&title.en)));
        self.line(&format!("<style>{STYLE}</style>"));
        self.line("</head>");
        self.line("<body>");
        self.add("<h1>");
        self.both(&title);
        self.line("</h1>");
        self.text("t:intro");
        let rows = shown::rows_of(self.message, &HEAD, self.lookup);
        self.table(&rows);
    }

    /// A section with its heading, what is to be said about it, and what the extract holds.
    fn section(&mut self, name: &str, extract: &Extract) {
        let tables = self.tables_of(name);
        let nothing = tables.iter().all(Vec::is_empty);
        if nothing && LATER.contains(&name) {
            return;
        }
        self.heading(&format!("s:{name}"));
        if let Some(words) = self.lookup.find(&format!("t:{name}")) {
            self.paragraphs(words);
        }
        if name == "look_ups" {
            let counts = extract.look_ups.as_ref();
            let (deferred, earlier) =
                counts.map_or((0, 0), |counts| (counts.deferred, counts.earlier));
            self.table(&[
                shown::counted("deferred", deferred, self.lookup),
                shown::counted("earlier", earlier, self.lookup),
            ]);
        }
        if nothing {
            self.text("t:nothing");
        }
        for rows in &tables {
            self.table(rows);
        }
    }

    /// The tables that show a section: one for each entry of a list of messages, one line for a list of codes.
    fn tables_of(&self, name: &str) -> Vec<Vec<Row>> {
        let descriptor = self.message.descriptor();
        let field = descriptor.get_field_by_name(name);
        let Some(field) = field.filter(|field| self.message.has_field(field)) else {
            return Vec::new();
        };
        if !matches!(field.kind(), Kind::Message(_)) {
            return vec![shown::rows_of(self.message, &[name], self.lookup)];
        }
        let value = self.message.get_field(&field);
        match value.as_message().filter(|_| name == "look_ups") {
            Some(look_ups) => look_ups
                .get_field_by_name("entries")
                .map_or_else(Vec::new, |entries| self.entries(&entries)),
            None => self.entries(&value),
        }
    }

    fn entries(&self, value: &Value) -> Vec<Vec<Row>> {
        let list = value.as_list().unwrap_or(std::slice::from_ref(value));
        let entries = list.iter().filter_map(Value::as_message);
        entries
            .map(|entry| shown::rows(entry, self.lookup))
            .collect()
    }

    /// What whoever asked could not be given.
    fn withheld(&mut self, extract: &Extract) {
        if extract.withheld.is_empty() {
            return;
        }
        self.heading("s:withheld");
        self.text("t:withheld");
        let rows = self.tables_of("withheld");
        for rows in &rows {
            self.table(rows);
        }
    }

    /// Where it comes from and how it is verified.
    fn provenance(&mut self, extract: &Extract, signed: &SignedExtract) {
        self.heading("s:provenance");
        self.text("t:provenance");
        let provenance = extract.provenance.clone().unwrap_or_default();
        let proved = u64::try_from(provenance.leaves.len()).unwrap_or(u64::MAX);
        let mut rows = vec![shown::counted("leaves", proved, self.lookup)];
        rows.push(Row {
            depth: 0,
            name: self.lookup.words("f:digest"),
            values: vec![Shown::AsIs(shown::hex(&digest(&signed.extract)))],
        });
        self.table(&rows);
        for (name, note) in [
            ("f:checkpoint", &provenance.checkpoint),
            ("f:note", &signed.note),
        ] {
            let words = self.lookup.words(name);
            self.add("<h3>");
            self.both(&words);
            self.line("</h3>");
            self.line(&format!("<pre dir=\"ltr\">{}</pre>", escape(note)));
        }
        self.heading("s:verify");
        self.text("t:verify");
        self.line("<pre dir=\"ltr\">sabt-verify extract FILE --log-key VKEY [--policy FILE]</pre>");
        self.text("t:complete");
    }

    fn signed(&mut self, signed: &SignedExtract) {
        self.add(BEGIN);
        let base64 = BASE64.encode(signed.encode_to_vec());
        let mut rest = base64.as_str();
        while !rest.is_empty() {
            let (line, after) = rest.split_at(rest.len().min(LINE));
            self.line(line);
            rest = after;
        }
        self.add(END);
        self.line("</body>");
        self.line("</html>");
    }

    fn heading(&mut self, key: &str) {
        let words = self.lookup.words(key);
        self.add("<h2>");
        self.both(&words);
        self.line("</h2>");
    }

    fn text(&mut self, key: &str) {
        let words = self.lookup.words(key);
        self.paragraphs(&words);
    }

    /// A paragraph in both languages, side by side.
    fn paragraphs(&mut self, words: &Words) {
        self.line("<div class=\"text\">");
        self.line(&format!(
            "<p lang=\"en\" dir=\"ltr\">{}</p>",
            escape(&words.en)
        ));
        self.line(&format!(
            "<p lang=\"fa\" dir=\"rtl\">{}</p>",
            escape(&words.fa)
        ));
        self.line("</div>");
    }

    /// Words in both languages.
    fn both(&mut self, words: &Words) {
        self.add(&format!(
            "<bdi lang=\"en\" dir=\"ltr\">{}</bdi> <bdi lang=\"fa\" dir=\"rtl\">{}</bdi>",
            escape(&words.en),
            escape(&words.fa)
        ));
    }

    fn table(&mut self, rows: &[Row]) {
        if rows.is_empty() {
            return;
        }
        self.line("<table>");
        for row in rows {
            let (name, depth) = (&row.name, row.depth.min(4));
            let (en, fa) = (escape(&name.en), escape(&name.fa));
            let group = if row.values.is_empty() { " g" } else { "" };
            self.add(&format!(
                "<tr class=\"d{depth}{group}\"><th lang=\"en\" dir=\"ltr\">{en}</th><td>"
            ));
            for value in &row.values {
                self.add("<div>");
                match value {
                    Shown::Both(words) => self.both(words),
                    Shown::AsIs(text) => {
                        self.add(&format!("<bdi dir=\"auto\">{}</bdi>", escape(text)));
                    }
                }
                self.add("</div>");
            }
            self.line(&format!("</td><th lang=\"fa\" dir=\"rtl\">{fa}</th></tr>"));
        }
        self.line("</table>");
    }
}

/// Text as HTML shows it. Characters that turn the direction of what follows, and control characters, are shown by their
/// numbers: nothing in a value changes how the page around it reads.
fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '\n' => html.push('\n'),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                shown::extend(&mut html, format_args!("[U+{:04X}]", u32::from(c)));
            }
            c if c.is_control() => {
                shown::extend(&mut html, format_args!("[U+{:04X}]", u32::from(c)));
            }
            c => html.push(c),
        }
    }
    html
}

#[cfg(test)]
mod tests;
