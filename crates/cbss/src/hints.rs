//! What to do about a refusal, for the codes of which that is known: one table.
//!
//! Sources: the CBSS's status lists as gathered in the protocol notes; 22007007 is of a sample reply of IdentifyPerson.
//! Nothing is done by itself: a number that was replaced is never asked for again under the new one, for the CBSS keeps
//! a record of every consultation, and an inscription under the new number may be missing.

use relay_domain::Language;

/// What to do in Dutch, French, German, English; `{new}` stands for the number that replaces the one asked for.
type Words = [&'static str; 4];

static HINTS: [(&str, Words); 8] = [
    (
        "MSG00005",
        [
            "Dit nummer bestaat niet: controleer het in het dossier.",
            "Ce numéro n'existe pas : vérifiez-le dans le dossier.",
            "Diese Nummer gibt es nicht: prüfen Sie sie in der Akte.",
            "There is no such number: check it in the file.",
        ],
    ),
    (
        "MSG00006",
        [
            "Het nummer is vervangen door {new}. Er is niets opnieuw verstuurd: pas het dossier aan en dien de aanvraag in onder het nieuwe nummer (waarvoor misschien een inschrijving nodig is: manageAccess REGISTER).",
            "Le numéro a été remplacé par {new}. Rien n'a été renvoyé : mettez le dossier à jour et introduisez la demande sous le nouveau numéro (qui demande peut-être une inscription : manageAccess REGISTER).",
            "Die Nummer wurde durch {new} ersetzt. Nichts wurde erneut gesendet: berichtigen Sie die Akte und stellen Sie die Anfrage unter der neuen Nummer (für die vielleicht eine Eintragung nötig ist: manageAccess REGISTER).",
            "The number was replaced by {new}. Nothing was sent again: correct the file and submit the request under the new number (which may need an inscription of its own: manageAccess REGISTER).",
        ],
    ),
    (
        "MSG00007",
        [
            "Het nummer is geannuleerd en niet vervangen: iemand moet nagaan om wie het gaat.",
            "Le numéro a été annulé sans être remplacé : quelqu'un doit vérifier de qui il s'agit.",
            "Die Nummer wurde annulliert und nicht ersetzt: jemand muss klären, um wen es geht.",
            "The number was cancelled and not replaced: somebody must find out who is meant.",
        ],
    ),
    (
        "MSG00009",
        [
            "De persoon is overleden: er komt geen ander antwoord.",
            "La personne est décédée : il n'y aura pas d'autre réponse.",
            "Die Person ist verstorben: eine andere Antwort kommt nicht.",
            "The person is deceased: there will be no other answer.",
        ],
    ),
    (
        "MSG00012",
        [
            "Uw organisatie heeft geen inschrijving voor deze persoon: dien manageAccess in met actie REGISTER, een hoedanigheid van uw sector en een periode waarin vandaag valt, en daarna deze aanvraag opnieuw (afterJob verbindt beide).",
            "Votre organisation n'a pas d'inscription pour cette personne : introduisez manageAccess avec l'action REGISTER, une qualité de votre secteur et une période qui comprend aujourd'hui, puis à nouveau cette demande (afterJob relie les deux).",
            "Ihre Einrichtung hat keine Eintragung für diese Person: reichen Sie manageAccess mit der Aktion REGISTER, einer Eigenschaft Ihres Sektors und einem Zeitraum ein, der heute einschließt, und danach diese Anfrage erneut (afterJob verbindet beide).",
            "Your organisation has no inscription of this person: submit manageAccess with action REGISTER, a purpose of your sector and a period that contains today, and then this request again (afterJob ties both together).",
        ],
    ),
    (
        "MSG00013",
        [
            "De toegang van uw organisatie tot deze dienst is niet in orde: de operator moet wettelijke context en aanmeldgegevens nakijken.",
            "L'accès de votre organisation à ce service n'est pas en ordre : l'opérateur doit vérifier le contexte légal et les identifiants.",
            "Der Zugang Ihrer Einrichtung zu diesem Dienst ist nicht in Ordnung: der Betreiber muss Rechtskontext und Zugangsdaten prüfen.",
            "Your organisation's access to this service is not set up right: the operator must check legal context and credentials.",
        ],
    ),
    (
        "31009001",
        [
            "Een onvolledige geboortedatum vraagt een tolerantie.",
            "Une date de naissance incomplète demande une tolérance.",
            "Ein unvollständiges Geburtsdatum verlangt eine Toleranz.",
            "An incomplete birth date asks for a tolerance.",
        ],
    ),
    (
        "22007007",
        [
            "De identiteit is niet bewezen: controleer de verificatiegegevens met de persoon; zonder bewijs komen er geen verdere gegevens.",
            "L'identité n'est pas prouvée : vérifiez les données de vérification avec la personne ; sans preuve, il n'y a pas d'autres données.",
            "Die Identität ist nicht bewiesen: prüfen Sie die Angaben mit der Person; ohne Beweis kommen keine weiteren Daten.",
            "The identity is not proven: check the verification data with the person; without proof there are no further data.",
        ],
    ),
];

/// What to do about a code, in a sentence; nothing where that is not known. `field` gives the value of an information
/// field of the same message. The sentence may hold a number of a person: it is for who may see the result.
#[must_use]
pub fn hint<'m>(code: &str, field: impl Fn(&str) -> Option<&'m str>, language: Language) -> Option<String> {
    let (_, words) = HINTS.iter().find(|(known, _)| *known == code)?;
    let words = match language {
        Language::Nl => words[0],
        Language::Fr => words[1],
        Language::De => words[2],
        Language::En => words[3],
    };
    if !words.contains("{new}") {
        return Some(words.to_owned());
    }
    Some(words.replace("{new}", field("newSSIN").unwrap_or("?")))
}

#[cfg(test)]
mod tests {
    use relay_domain::Language;

    use super::{HINTS, hint};

    #[test]
    fn a_replaced_number_is_named() {
        let field = |name: &str| (name == "newSSIN").then_some("80010100136");
        for language in [Language::Nl, Language::Fr, Language::De, Language::En] {
            let hint = hint("MSG00006", field, language).expect("a hint");
            assert!(hint.contains("80010100136"), "{hint}");
        }
    }

    #[test]
    fn what_is_not_known_gives_no_hint() {
        assert_eq!(hint("MSG00000", |_| None, Language::En), None);
    }

    #[test]
    fn each_code_is_listed_once() {
        let mut codes: Vec<_> = HINTS.iter().map(|(code, _)| *code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), HINTS.len());
    }
}
