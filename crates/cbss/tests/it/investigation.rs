//! PerformInvestigation: requests by the official schema, replies with all that is in them.

use relay_cbss::{BuildError, Outcome, ParseOptions, Reply, StatusKind, perform_investigation};
use relay_domain::perform_investigation::{DataGroups, PerformInvestigation};
use relay_domain::{Language, Ssin, SsinCheck};

use crate::support::random::Random;
use crate::support::sample::words;
use crate::support::{
    SSIN, assert_xmllint, classic_context, in_cdata, in_string, reference_dir, values, xmllint_is_there,
};

const NAMESPACE: &str = "http://www.ksz-bcss.fgov.be/XSD/SSDN/OCMW_CPAS/PerformInvestigation";
const PERSON: &str = "http://www.ksz-bcss.fgov.be/XSD/SSDN/Person";

fn request(data_groups: Option<DataGroups>) -> PerformInvestigation {
    PerformInvestigation {
        ssin: Ssin::parse(SSIN, SsinCheck::Warn).unwrap(),
        data_groups,
        language: Language::En,
    }
}

/// Every choice of groups that may be made.
fn choices() -> impl Iterator<Item = Option<DataGroups>> {
    let some = (1..16_u8).map(|bits| {
        Some(DataGroups {
            family_composition: bits & 1 > 0,
            citizen: bits & 2 > 0,
            address_history: bits & 4 > 0,
            wait_register: bits & 8 > 0,
        })
    });
    std::iter::once(None).chain(some)
}

fn own(document: &str) -> &str {
    let from = document.find("<investigate:").unwrap();
    let to = document.find("</ssdn:ServiceRequest>").unwrap();
    &document[from..to]
}

#[test]
fn the_bytes_are_these() {
    let inner = |groups, version| {
        perform_investigation::build_inner(&request(groups), version, &classic_context()).unwrap()
    };
    let all = inner(None, "20080604");
    assert_eq!(
        own(&all),
        format!(
            "<investigate:PerformInvestigationRequest xmlns:investigate=\"{NAMESPACE}\">\
             <investigate:SocialSecurityUser>{SSIN}</investigate:SocialSecurityUser>\
             </investigate:PerformInvestigationRequest>"
        )
    );
    assert!(
        all.contains("<ssdn:ServiceId>OCMWCPASPerformInvestigation</ssdn:ServiceId><ssdn:Version>20080604<")
    );
    let some = inner(
        Some(DataGroups {
            citizen: true,
            ..DataGroups::default()
        }),
        "20090409",
    );
    assert!(some.contains("<ssdn:Version>20090409<"));
    assert!(own(&some).contains(
        "<investigate:DataGroups><investigate:FamilyCompositionGroup>false</investigate:FamilyCompositionGroup>\
         <investigate:CitizenGroup>true</investigate:CitizenGroup><investigate:AddressHistoryGroup>false\
         </investigate:AddressHistoryGroup><investigate:WaitRegisterGroup>false</investigate:WaitRegisterGroup>\
         </investigate:DataGroups>"
    ));
}

#[test]
fn what_cannot_be_asked_is_refused_by_name() {
    let refused = |groups, version: &str| {
        let error = perform_investigation::build(&request(groups), version, &classic_context()).unwrap_err();
        let (BuildError::Facet { field, .. } | BuildError::ForbiddenCharacter { field, .. }) = error;
        field
    };
    assert_eq!(refused(Some(DataGroups::default()), "20080604"), "DataGroups");
    assert_eq!(refused(None, "2008-604"), "Version");
    assert_eq!(refused(None, ""), "Version");
}

#[test]
fn every_choice_of_groups_is_valid() {
    let test = "every_choice_of_groups_is_valid";
    let Some(folder) = reference_dir(test).filter(|_| xmllint_is_there(test)) else {
        return;
    };
    let schema = folder.join("xsd/SSDN/OCMW_CPAS/PerformInvestigation/PerformInvestigationRequest.xsd");
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("request.xml");
    for groups in choices() {
        let inner =
            perform_investigation::build_inner(&request(groups), "20080604", &classic_context()).unwrap();
        assert_xmllint(&schema, &file, own(&inner), true);
        let envelope = folder.join("xsd/SSDN/Service/SSDNRequest.xsd");
        assert_xmllint(&envelope, &file, &inner, true);
    }
    assert_xmllint(&schema, &file, &own_of_nobody(), false);
}

fn own_of_nobody() -> String {
    format!("<i:PerformInvestigationRequest xmlns:i=\"{NAMESPACE}\"/>")
}

/// A reply in the making, with every value that a reader must find again.
struct Making {
    xml: String,
    values: Vec<String>,
    records: usize,
    random: Random,
}

impl Making {
    fn open(&mut self, name: &str, attributes: &[(&str, String)]) {
        let prefix = if name.starts_with("p:") || name.starts_with("v:") {
            ""
        } else {
            "v:"
        };
        self.xml.push_str(&format!("<{prefix}{name}"));
        for (name, value) in attributes {
            self.xml.push_str(&format!(" {name}=\"{value}\""));
            self.values.push(value.clone());
        }
        self.xml.push('>');
    }

    fn close(&mut self, name: &str) {
        let prefix = if name.starts_with("p:") || name.starts_with("v:") {
            ""
        } else {
            "v:"
        };
        self.xml.push_str(&format!("</{prefix}{name}>"));
    }

    fn leaf(&mut self, name: &str, value: &str) {
        self.open(name, &[]);
        let escaped = value
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        self.xml.push_str(&escaped);
        self.values
            .push(value.split_ascii_whitespace().collect::<Vec<_>>().join(" "));
        self.close(name);
    }

    fn number(&mut self, digits: usize) -> String {
        (0..digits)
            .map(|_| char::from(b'0' + self.random.below(10) as u8))
            .collect()
    }

    fn date(&mut self) -> String {
        let (year, month, day) = (
            self.random.below(100),
            self.random.below(13),
            self.random.below(29),
        );
        format!("20{year:02}-{month:02}-{day:02}")
    }

    fn perhaps(&mut self, write: impl FnOnce(&mut Self)) {
        if self.random.once_in(2) {
            write(self);
        }
    }

    fn place(&mut self, name: &str, more: impl FnOnce(&mut Self)) {
        self.open(name, &[]);
        self.place_content();
        more(self);
        self.close(name);
    }

    fn place_content(&mut self) {
        self.perhaps(|making| {
            let code = making.number(5);
            making.leaf("p:Code", &code);
        });
        for _ in 0..self.random.below(3) {
            let language = self.random.pick(&["nl", "fr", "de", "en"]).to_owned();
            let attributes = [("lang", language)];
            let with: &[_] = if self.random.once_in(2) { &attributes } else { &[] };
            self.open("p:Description", with);
            let text = words(&mut self.random).replace(['&', '<', '>'], "x");
            self.xml.push_str(&text);
            self.values
                .push(text.split_ascii_whitespace().collect::<Vec<_>>().join(" "));
            self.close("p:Description");
        }
    }

    fn address(&mut self, name: &str) {
        let attributes = [("origin", "RN_RR".to_owned()), ("modificationDate", self.date())];
        self.open(name, &attributes);
        self.place("p:Country", |_| {});
        self.perhaps(|making| {
            making.place("p:Municipality", |making| making.leaf("p:PostalCode", "4700"));
        });
        self.perhaps(|making| making.place("p:Street", |_| {}));
        self.perhaps(|making| making.leaf("p:HouseNumber", "12 bis"));
        self.perhaps(|making| making.leaf("p:Box", "3"));
        self.close(name);
    }

    fn repeated(&mut self, holder: &str, record: &str, write: impl Fn(&mut Self)) {
        self.open(holder, &[]);
        for _ in 0..=self.random.below(2) {
            self.open(record, &[]);
            write(self);
            self.close(record);
            self.records += 1;
        }
        self.close(holder);
    }

    fn dated(&mut self, name: &str) {
        let date = self.date();
        self.leaf(name, &date);
    }

    fn citizen(&mut self) {
        self.open("p:Citizen", &[("origin", "BCSS_KSZ".to_owned())]);
        self.leaf("p:SocialSecurityUser", SSIN);
        let changed = [("modificationDate", self.date())];
        self.open("p:InscriptionRegister", &changed);
        self.xml.push('1');
        self.values.push("1".to_owned());
        self.close("p:InscriptionRegister");
        self.open("p:LegalData", &[]);
        self.open("p:Name", &changed);
        self.leaf("p:LastName", "Muster & Söhne");
        self.perhaps(|making| making.leaf("p:MiddleName", "Berta"));
        self.perhaps(|making| making.leaf("p:FirstName", "Anna"));
        self.perhaps(|making| making.leaf("p:CompleteFirstName", "true"));
        self.close("p:Name");
        self.perhaps(|making| making.leaf("p:Gender", "2"));
        self.open("p:Birth", &changed);
        self.dated("p:Date");
        self.perhaps(|making| making.place("p:Location", |_| {}));
        self.close("p:Birth");
        self.perhaps(|making| {
            making.open("p:CivilState", &[]);
            making.leaf("p:Code", "20");
            making.open("p:Partner", &[]);
            making.leaf("p:SocialSecurityUser", SSIN);
            making.close("p:Partner");
            making.close("p:CivilState");
        });
        self.perhaps(|making| {
            making.open("p:AddressInformation", &[]);
            making.open("p:LegalAddress", &[]);
            making.address("p:StandardAddress");
            making.close("p:LegalAddress");
            making.close("p:AddressInformation");
        });
        self.perhaps(|making| making.place("p:Nationality", |_| {}));
        self.close("p:LegalData");
        self.close("p:Citizen");
        self.records += 1;
    }

    fn reply(seed: u64) -> Self {
        let mut making = Self {
            xml: String::new(),
            values: Vec::new(),
            records: 0,
            random: Random(seed),
        };
        making.xml.push_str(&format!(
            "<v:PerformInvestigationReply xmlns:v=\"{NAMESPACE}\" xmlns:p=\"{PERSON}\">"
        ));
        making.leaf("SocialSecurityUser", SSIN);
        making.open("DataGroups", &[]);
        making.perhaps(|making| {
            making.open("FamilyCompositionGroup", &[]);
            making.open("FamilyComposition", &[("origin", "RN_RR".to_owned())]);
            for relationship in 0..=making.random.below(4) {
                making.open("FamilyMember", &[]);
                making.leaf("SocialSecurityUser", SSIN);
                making.leaf("RelationShip", &relationship.to_string());
                making.perhaps(|making| making.leaf("EntryDate", "2090-02-03"));
                making.close("FamilyMember");
                making.records += 1;
            }
            making.close("FamilyComposition");
            making.close("FamilyCompositionGroup");
        });
        making.perhaps(|making| {
            making.open("CitizenGroup", &[]);
            for _ in 0..=making.random.below(2) {
                making.citizen();
            }
            making.close("CitizenGroup");
        });
        making.perhaps(|making| {
            making.open("AddressHistoryGroup", &[]);
            for _ in 0..=making.random.below(2) {
                making.open("AddressHistory", &[]);
                making.leaf("SocialSecurityUser", SSIN);
                making.perhaps(|making| {
                    making.open("ManagerLocations", &[]);
                    let changed = [("modificationDate", making.date())];
                    making.open("ManagerLocation", &changed);
                    making.place_content();
                    making.perhaps(|making| making.leaf("p:LinguisticRegime", "FR 1"));
                    making.close("ManagerLocation");
                    making.records += 1;
                    making.close("ManagerLocations");
                });
                for holder in ["LegalAddresses", "DeclaredAddresses"] {
                    making.perhaps(|making| {
                        making.open(holder, &[]);
                        for _ in 0..=making.random.below(3) {
                            making.address("StandardAddress");
                            making.records += 1;
                        }
                        making.close(holder);
                    });
                }
                making.close("AddressHistory");
            }
            making.close("AddressHistoryGroup");
        });
        making.perhaps(Self::waiting);
        making.close("DataGroups");
        making.xml.push_str("</v:PerformInvestigationReply>");
        making
    }

    fn waiting(&mut self) {
        self.open("WaitRegisterGroup", &[]);
        self.open("WaitRegister", &[]);
        self.leaf("SocialSecurityUser", SSIN);
        self.perhaps(|making| {
            making.repeated("RefugeeSituationH205", "RefugeeSituation", |making| {
                making.perhaps(|making| making.dated("demandDate"));
                making.perhaps(|making| making.leaf("qualityCode", "4"));
            });
        });
        self.perhaps(|making| {
            making.repeated(
                "RefugeeAdministriveFileH206",
                "RefugeeAdministrativeFile",
                |making| {
                    making.leaf("structureType", "A1");
                    making.dated("administrativeSituationDate");
                    for code in ["administrativeSituationCode", "organism"] {
                        making.leaf(code, "12");
                    }
                    making.leaf("comment", "a remark");
                    making.leaf("codeK2", "1");
                    making.leaf("municipalityCodeOrAidCenter", "63023");
                    making.leaf("municipalityDescription", "Eupen");
                    making.leaf("municipalityDescriptionBiLingual", "Eupen 2");
                    making.leaf("reference", "R 7");
                    for code in ["numberOfDays", "openClosedCode", "nisCode"] {
                        making.leaf(code, "30");
                    }
                    for date in ["declarationDate", "certificateDate", "delayDate"] {
                        making.perhaps(|making| making.dated(date));
                    }
                    making.leaf("originalOrganism", "9");
                },
            );
        });
        self.perhaps(|making| {
            making.repeated("RefugeeInstitutionH207", "RefugeeInstitution", |making| {
                making.dated("inscriptionDate");
                making.perhaps(|making| making.dated("removeDate"));
                making.leaf("typeOfAid", "2");
                making.leaf("municipalityDescription", "Eupen");
                making.leaf("cpasCode", "63023");
            });
        });
        self.perhaps(|making| {
            making.repeated("RefugeeDocumentH211", "RefugeeDocument", |making| {
                making.dated("InscriptionDate");
                making.leaf("documentTypeCode", "3");
            });
        });
        self.perhaps(|making| {
            making.repeated("RefugeeLocationH212", "RefugeeLocation", |making| {
                making.dated("inscriptionDate");
                making.leaf("code", "3");
                making.leaf("description", "Centre 3");
            });
        });
        self.perhaps(|making| {
            making.open("RefugeeDataH213", &[]);
            making.perhaps(|making| making.leaf("aliasFull", "N"));
            making.open("RefugeeDataBlockH213", &[]);
            making.dated("date");
            making.leaf("aliasTypeCode", "A");
            making.leaf("nationalityCode", "150");
            making.dated("birthDate");
            making.leaf("lastName", "Other");
            making.leaf("firstName", "Name");
            making.leaf("firstNameIndicator", "1");
            making.leaf("birthPlace", "Somewhere");
            making.close("RefugeeDataBlockH213");
            making.records += 1;
            making.close("RefugeeDataH213");
        });
        self.close("WaitRegister");
        self.close("WaitRegisterGroup");
    }
}

fn document(own: &str) -> String {
    format!(
        "<S:SSDNReply xmlns:S=\"http://www.ksz-bcss.fgov.be/XSD/SSDN/Service\" \
         xmlns:C=\"http://www.ksz-bcss.fgov.be/XSD/SSDN/Common\"><S:ReplyContext><C:ResultSummary ok=\"YES\">\
         <C:ReturnCode>0</C:ReturnCode></C:ResultSummary><S:Message><S:Ticket>THTTMHHP49DGQ9V</S:Ticket></S:Message>\
         </S:ReplyContext><S:ServiceReply><C:ResultSummary ok=\"YES\"><C:ReturnCode>0</C:ReturnCode></C:ResultSummary>\
         <S:ServiceId>OCMWCPASPerformInvestigation</S:ServiceId><S:Version>20080604</S:Version>{own}</S:ServiceReply>\
         </S:SSDNReply>"
    )
}

fn read(own: &str, language: Language, cdata: bool) -> Reply {
    let document = document(own);
    let envelope = if cdata {
        in_cdata(&document)
    } else {
        in_string(&document)
    };
    perform_investigation::parse(envelope.as_bytes(), None, &ParseOptions::new(language)).unwrap()
}

#[test]
fn whatever_is_said_is_in_the_result() {
    let schema = reference_dir("whatever_is_said_is_in_the_result")
        .filter(|_| xmllint_is_there("whatever_is_said_is_in_the_result"))
        .map(|folder| folder.join("xsd/SSDN/OCMW_CPAS/PerformInvestigation/PerformInvetigationReply.xsd"));
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("reply.xml");
    for seed in 0..120 {
        let making = Making::reply(seed);
        if let Some(schema) = schema.as_ref().filter(|_| seed < 25) {
            assert_xmllint(schema, &file, &making.xml, true);
        }
        let language = Language::ALL[(seed % 4) as usize];
        let reply = read(&making.xml, language, seed % 2 == 0);
        assert_eq!(reply.rows.len(), making.records, "seed {seed}");
        let mut found = values(&reply);
        found.sort_unstable();
        // Each value as often as it came, or more often: of whom a record is, each record says.
        let mut wanted: Vec<&str> = making
            .values
            .iter()
            .map(String::as_str)
            .filter(|value| !value.is_empty())
            .collect();
        wanted.sort_unstable();
        let mut place = 0;
        for value in wanted {
            while place < found.len() && found[place] < value {
                place += 1;
            }
            assert!(
                place < found.len() && found[place] == value,
                "seed {seed}: {value:?} is lost"
            );
            place += 1;
        }
        for row in &reply.rows {
            assert!(!row.title.is_empty());
            let mut paths: Vec<&str> = row.fields.iter().map(|field| field.path.as_str()).collect();
            let all = paths.len();
            paths.sort_unstable();
            paths.dedup();
            assert_eq!(paths.len(), all, "seed {seed}: {paths:?}");
        }
    }
}

#[test]
fn a_person_reads_it() {
    let own = format!(
        "<v:PerformInvestigationReply xmlns:v=\"{NAMESPACE}\" xmlns:p=\"{PERSON}\"><v:SocialSecurityUser>{SSIN}\
         </v:SocialSecurityUser><v:DataGroups><v:FamilyCompositionGroup><v:FamilyComposition origin=\"RN_RR\"><v:FamilyMember>\
         <v:SocialSecurityUser>{SSIN}</v:SocialSecurityUser><v:RelationShip>3</v:RelationShip><v:EntryDate>2090-02-03+01:00\
         </v:EntryDate></v:FamilyMember></v:FamilyComposition></v:FamilyCompositionGroup><v:AddressHistoryGroup>\
         <v:AddressHistory><v:SocialSecurityUser>{SSIN}</v:SocialSecurityUser><v:LegalAddresses><v:StandardAddress \
         modificationDate=\"2091-05-00\"><p:Country><p:Code>150</p:Code><p:Description lang=\"fr\">Belgique</p:Description>\
         <p:Description lang=\"de\">Belgien</p:Description></p:Country><p:Municipality><p:Description>Eupen</p:Description>\
         <p:PostalCode>4700</p:PostalCode></p:Municipality><p:Street><p:Code>1234</p:Code></p:Street>\
         <p:HouseNumber>12</p:HouseNumber><p:Box>3</p:Box></v:StandardAddress></v:LegalAddresses></v:AddressHistory>\
         </v:AddressHistoryGroup></v:DataGroups></v:PerformInvestigationReply>"
    );
    let reply = read(&own, Language::De, false);
    assert_eq!((reply.status, reply.outcome), (StatusKind::Ok, Outcome::Data));
    assert_eq!(reply.ticket.as_deref(), Some("THTTMHHP49DGQ9V"));
    let [member, address] = &reply.rows[..] else {
        panic!("two rows")
    };
    assert_eq!(
        (
            member.group.as_str(),
            member.since.as_deref(),
            member.text.as_str()
        ),
        (
            "FamilyComposition",
            Some("2090-02-03"),
            "80010100136, Verwandtschaft 3"
        )
    );
    assert_eq!(member.field("../@origin"), Some("RN_RR"));
    assert_eq!(
        (
            address.group.as_str(),
            address.since.as_deref(),
            address.text.as_str()
        ),
        (
            "LegalAddresses",
            Some("2091-05-00"),
            "1234 12 Bk. 3, 4700 Eupen, Belgien"
        )
    );
    assert_eq!(address.field("../../SocialSecurityUser"), Some(SSIN));
    let french = read(&own, Language::Fr, true);
    assert_eq!(french.rows[1].text, "1234 12 bte 3, 4700 Eupen, Belgique");
    assert_eq!(french.rows[0].title, "Composition du ménage");

    let nothing = format!(
        "<v:PerformInvestigationReply xmlns:v=\"{NAMESPACE}\"><v:SocialSecurityUser>{SSIN}</v:SocialSecurityUser>\
         <v:News at=\"1\">x</v:News></v:PerformInvestigationReply>"
    );
    let nothing = read(&nothing, Language::En, false);
    assert_eq!((nothing.outcome, nothing.rows.len()), (Outcome::Empty, 0));
    let fields = &nothing.messages.last().unwrap().fields;
    assert!(fields.iter().any(|field| field.path == "News/@at"));
}
