use super::request::Groups;
use super::*;
use crate::connector::{Asked, SERVICE, document};

const SENDER: &str = "<RequestContext><AuthorizedUser><UserID>80010100136</UserID><Email>a@b</Email>\
    <OrgUnit>0212344876</OrgUnit><MatrixID>17</MatrixID></AuthorizedUser></RequestContext>";

fn read(version: &str, request: &str) -> Result<Request, String> {
    let whole = format!(
        "<SSDNRequest xmlns=\"{SERVICE}\" xmlns:v=\"{PERFORM_INVESTIGATION}\">{SENDER}<ServiceRequest>\
         <ServiceId>{SERVICE_ID}</ServiceId><Version>{version}</Version><v:PerformInvestigationRequest>{request}\
         </v:PerformInvestigationRequest></ServiceRequest></SSDNRequest>"
    );
    match document::read(&whole)
        .map_err(|rejected| rejected.violation.to_string())?
        .asked
    {
        Asked::PerformInvestigation(request) => Ok(request),
        Asked::ManageAccess(_) | Asked::IdentifyPerson(_) | Asked::Loi65(..) => {
            Err("another service".to_owned())
        }
    }
}

const SSIN: &str = "<v:SocialSecurityUser>80010100136</v:SocialSecurityUser>";

fn groups(inner: &str) -> String {
    format!("{SSIN}<v:DataGroups>{inner}</v:DataGroups>")
}

#[test]
fn groups_are_those_that_are_true_or_all() {
    let of = |request: &str| read(VERSIONS[0], request).expect("it fits").groups;
    let all = of(SSIN);
    assert!(all.family_composition && all.citizen && all.address_history && all.wait_register);
    assert_eq!(of(&groups("")), all);
    assert_eq!(of(&groups("<v:CitizenGroup>false</v:CitizenGroup>")), all);
    assert_eq!(
        of(&groups(
            "<v:CitizenGroup>true</v:CitizenGroup><v:AddressHistoryGroup>0</v:AddressHistoryGroup><v:WaitRegisterGroup> 1 \
             </v:WaitRegisterGroup>"
        )),
        Groups {
            family_composition: false,
            citizen: true,
            address_history: false,
            wait_register: true
        }
    );
    assert_eq!(read(VERSIONS[1], SSIN).expect("it fits").version, "20090409");
}

#[test]
fn what_breaks_the_schema_is_refused() {
    for (version, request) in [
        ("20050930", SSIN.to_owned()),
        (VERSIONS[0], String::new()),
        (VERSIONS[0], SSIN.replace("80010100136", "8001010013")),
        (VERSIONS[0], groups("<v:CitizenGroup>yes</v:CitizenGroup>")),
        (
            VERSIONS[0],
            groups("<v:WaitRegisterGroup>1</v:WaitRegisterGroup><v:CitizenGroup>1</v:CitizenGroup>"),
        ),
        (VERSIONS[0], format!("{SSIN}<v:More/>")),
    ] {
        assert!(read(version, &request).is_err(), "{version} {request}");
    }
}

#[test]
fn the_family_is_told_of_and_each_member_tells_the_same() {
    let population = Population::generate(1, 200);
    let ask = |ssin: String| {
        let request = Request {
            version: VERSIONS[0].to_owned(),
            ssin,
            groups: Groups {
                family_composition: true,
                citizen: true,
                address_history: true,
                wait_register: true,
            },
        };
        investigate(&population, &request)
    };
    let family = population
        .people()
        .iter()
        .find(|person| population.members(person).len() > 2)
        .expect("a family");
    let members = population.members(family);
    for member in members {
        let (content, _) = ask(member.ssin.to_string()).expect("data");
        for other in members {
            let number = format!("<v:FamilyMember><v:SocialSecurityUser>{}<", other.ssin);
            assert!(content.contains(&number), "{number}");
        }
        assert_eq!(content.matches("<p:Citizen ").count(), members.len());
        assert_eq!(content.matches("<v:AddressHistory>").count(), members.len());
    }
    assert!(ask("85073003357".to_owned()).is_err());
}

#[test]
fn the_waiting_register_has_refugees_and_nobody_else() {
    let population = Population::generate(1, 2000);
    let alone = Groups {
        family_composition: false,
        citizen: false,
        address_history: false,
        wait_register: true,
    };
    let mut seen = [0, 0];
    for person in population.people().iter().take(600) {
        let request = Request {
            version: VERSIONS[0].to_owned(),
            ssin: person.ssin.to_string(),
            groups: alone,
        };
        let Ok((content, findings)) = investigate(&population, &request) else {
            continue;
        };
        let waits = content.contains("<v:WaitRegister>");
        assert_eq!(waits, Facts::of(&population, person).refugee.is_some());
        assert_eq!(waits, findings.is_empty());
        seen[usize::from(waits)] += 1;
    }
    assert!(seen[0] > 0 && seen[1] > 0, "{seen:?}");
}
