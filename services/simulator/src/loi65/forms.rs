//! The three requests, as LoiWet65_AB, C and DF_decision_Request.xsd have them (notation: [`crate::schema::grammar`]).
//! Prefixes: `l` the forms, `k` what they share, `c` what all classic services share.

use std::sync::LazyLock;

use super::{LOI65, LOI65_COMMON};
use crate::connector::COMMON;
use crate::schema::grammar::{Model, Namespaces};

const NAMESPACES: Namespaces = &[("l", LOI65), ("k", LOI65_COMMON), ("c", COMMON)];

/// `ClosedPeriodType` with a code.
const PERIOD: &str = "@qualitycode=integer(-2147483648..2147483647) c:StartDate=date() c:EndDate=date()";

const AB: &str = "k:FileIdentification(k:KBOBCE=integer() k:FileID=text(11..11)) l:IdentificationA?(l:EntryDate=date(2002-01-01) \
    l:UniqueAttestID=text(15..15) l:PrimaryBeneficiary(k:BeneficiaryID(k:SSIN=ssin k:Name?=text(0..) \
    k:Firstname?=text(0..) k:BirthDate?=incomplete) l:Status=text(1..2) k:Address(k:Street=text(0..) \
    k:HouseNumber?=text(0..) k:Box?=text(0..) k:PostalCode=integer(0..9999)) l:Institution?=text(1..2) \
    l:Nationality=integer(0..999) l:Gender?=word(M|F) l:RealLifeSituation?=text(1..2) \
    l:FirstInscriptionInBelgium?=date() l:UninterruptedStay?=text(1..2) l:Integration*($PERIOD) \
    l:Desintegration*($PERIOD)) l:SecondaryBeneficiary{0..17}(k:BeneficiaryID(k:SSIN=ssin k:Name?=text(0..) \
    k:Firstname?=text(0..) k:BirthDate?=incomplete) l:Suffix=integer(0..99) l:Status=text(1..2) \
    l:Nationality=integer(100..999) l:PrimaryBeneficiaryRelation=text(1..2) l:Integration*($PERIOD) \
    l:Desintegration*($PERIOD)) l:CBSSEvaluation?=word(ACCEPTED|REFUSED)) \
    l:CommonDecisionB1?(l:EntryDate=date(2002-01-01) l:UniqueAttestID=text(15..15) \
    l:IdentificationPrimaryBeneficiary(l:SSIN=ssin l:Integration*($PERIOD) l:Desintegration*($PERIOD)) \
    l:IdentificationSecondaryBeneficiary{0..17}(l:SSIN=ssin l:Suffix=integer(0..99) l:Integration*($PERIOD) \
    l:Desintegration*($PERIOD)) l:RequestedAids(l:FinancialAid?=boolean l:MedicalAndPharmaceuticalCosts?=boolean \
    l:MutBaseContribution?=boolean l:MutComplementaryContribution?=boolean l:MutRegularization?=boolean \
    l:RepatriationCosts?=boolean l:PlacementCosts?=boolean l:HousingCosts?=boolean l:BirthAllowance?=boolean \
    l:GuaranteedChildAllowances?=boolean l:OtherRequestedAids?=boolean) \
    l:PrimaryBeneficiaryAids?(k:Art60p7?(k:Type=text(1..2) k:Schedule=text(1..2) k:WorkPlace=text(1..2)) \
    k:Art61?=boolean k:ActivationType?=text(1..2) k:PartnerConvention?=text(1..2) k:Alimony?=boolean) \
    l:PartnerAids?(k:Art60p7?(k:Type=text(1..2) k:Schedule=text(1..2) k:WorkPlace=text(1..2)) k:Art61?=boolean \
    k:ActivationType?=text(1..2) k:PartnerConvention?=text(1..2) k:Alimony?=boolean) \
    l:Situation?(l:RN_RR_Inscription?=text(1..2) l:HousingProvision?(@ProvesProvided?=boolean .=text(1..2)) \
    l:Category?=text(1..2)) k:Duration(k:Days?=integer(0..366) k:Weeks?=integer(0..52) k:Months?=integer(0..12)) \
    l:DecisionDate=date() l:JuridicalProcedure=boolean l:CBSSEvaluation?=word(ACCEPTED|REFUSED)) \
    l:IndividualDecisionsB2*(l:EntryDate=date(2002-01-01) l:UniqueAttestID=text(15..15) l:SSIN=ssin \
    l:Suffix=integer(0..99) l:DecisionB2(k:DecisionDate=date() k:Duration(k:Days?=integer(0..366) \
    k:Weeks?=integer(0..52) k:Months?=integer(0..12)) k:AmbulantMedicalAndPharmaceuticalCosts?=boolean \
    k:HospitalizationCosts?=boolean k:RN_RR_Inscription?=text(1..2) k:JuridicalProcedure?=boolean) \
    l:Integration*($PERIOD) l:Desintegration*($PERIOD) l:CBSSEvaluation?=word(ACCEPTED|REFUSED))";

const C: &str = "k:FileIdentification(k:KBOBCE=integer() k:FileID=text(11..11)) \
    l:CancellationFormC*(l:EntryDate=date(2002-01-01) l:UniqueAttestID=text(15..15) l:SSIN=ssin \
    l:Suffix=integer(0..99) l:AidCancellation(l:DecisionDate=date() l:Decisionnature=text(1..1) \
    l:CancellationReason=text(2..2)) l:FormerCformcancellation?=text(1..1) l:Integration*($PERIOD) \
    l:Desintegration*($PERIOD) l:CBSSEvaluation?=word(ACCEPTED|REFUSED)) \
    l:IntegrationSecondaryBeneficiary{0..17}(l:SSIN=ssin l:Integration*($PERIOD) l:Desintegration*($PERIOD) \
    l:CBSSEvaluation?=word(ACCEPTED|REFUSED))";

const DF: &str = "k:FileIdentification(k:KBOBCE=integer() k:FileID=text(11..11)) l:RefundformD1?(l:ReferenceMonth=month(2002-01) \
    l:UniqueAttestID=text(15..15) l:SSIN=ssin \
    l:DeliveredAmountsD1(l:FinancialAid?(l:Amount?=integer(-99999999..99999999) l:MonthlyIncome?=decimal()) \
    l:MedicalCostsAmount{0..5}=integer(-99999999..99999999) \
    l:PharmaceuticalCostsAmount{0..5}=integer(-99999999..99999999) \
    l:MutBaseContributionAmount?=integer(-99999999..99999999) \
    l:MutComplementaryContributionAmount?=integer(-99999999..99999999) \
    l:MutRegularizationAmount?=integer(-99999999..99999999) \
    l:RepatriationCostsAmount?=integer(-99999999..99999999) l:PlacementCostsAmount?=integer(-99999999..99999999) \
    l:HousingCostsAmount?=integer(-99999999..99999999) l:BirthAllowance?(l:Amount?=decimal(8) l:BirthDate?=date() \
    l:NumberOfLivingChildren?=integer(-2147483648..2147483647) \
    l:NumberOfStillbornChildren?=integer(-2147483648..2147483647)) l:GuaranteedChildAllowance?() \
    l:OtherRequestedAids?=integer(-99999999..99999999) l:DoubleMaximum=boolean) \
    l:PrimaryBeneficiaryAids?(l:Art60p7Amount?=integer(-99999999..99999999) \
    l:Art61Amount?=integer(-99999999..99999999) l:ActivationAmount?=integer(-99999999..99999999) \
    l:PartnerconventionAmount?=integer(-99999999..99999999) l:AlimonyAmount?=integer(-99999999..99999999) \
    l:SocialEconomy?(l:Initiative?=integer(-999999..999999) l:Days?=integer(-99..99))) \
    l:PartnerAids?(l:Art60p7Amount?=integer(-99999999..99999999) l:Art61Amount?=integer(-99999999..99999999) \
    l:ActivationAmount?=integer(-99999999..99999999) l:PartnerconventionAmount?=integer(-99999999..99999999) \
    l:AlimonyAmount?=integer(-99999999..99999999) l:SocialEconomy?(l:Initiative?=integer(-999999..999999) \
    l:Days?=integer(-99..99))) l:HealthServiceRegistrationStartingDate?=date() \
    l:TotalAmount=integer(-99999999..99999999) l:JuridicalProcedure?=boolean l:Integration*($PERIOD) \
    l:Desintegration*($PERIOD) l:CBSSEvaluation?=word(ACCEPTED|REFUSED)) \
    l:RefundFormD2*(l:EntryDate=date(2002-01-01) l:UniqueAttestID=text(15..15) l:SSIN=ssin l:Suffix=integer(0..99) \
    l:IdentificationCareProvidingInstitution(l:INAMIRIZIVRegistrationNumber=integer() l:KBOBCE?=integer()) \
    l:DeliveredAmountsD2(l:HospitalizationcostsBill{0..5}(l:Number=text(0..15) l:Year=text(4..4) \
    l:Amount=integer(-99999999..99999999)) l:HospitalizationCostsRemainingAmount?=integer(-99999999..99999999) \
    l:AmbultantCosts?(l:MedicalcostsAmount?=integer(-99999999..99999999) \
    l:PharmaceuticalCostsAmount?=integer(-99999999..99999999))) l:HealthServiceRegistrationStartingDate?=date() \
    l:TotalAmount=integer(-99999999..99999999) l:JuridicalProcedure?=boolean l:Integration*($PERIOD) \
    l:Desintegration*($PERIOD) l:CBSSEvaluation?=word(ACCEPTED|REFUSED)) \
    l:RecoveringFormF*(l:ReferenceDate=date(2002-01-01) l:UniqueAttestID=text(15..15) l:SSIN=ssin \
    l:Suffix=integer(0..99) l:RecoveringDetails(l:OriginalForm=text(1..1) l:Type=text(2..2) \
    l:RecoveredAmount=integer(-99999999..99999999) l:PeriodOfRecovering(c:StartDate?=date() c:EndDate?=date())))";

fn model(text: &str) -> Model {
    Model::read(text, &[("PERIOD", PERIOD)], NAMESPACES)
}

pub(super) static AB_REQUEST: LazyLock<Model> = LazyLock::new(|| model(AB));
pub(super) static C_REQUEST: LazyLock<Model> = LazyLock::new(|| model(C));
pub(super) static DF_REQUEST: LazyLock<Model> = LazyLock::new(|| model(DF));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_models_can_be_read() {
        for model in [&AB_REQUEST, &C_REQUEST, &DF_REQUEST] {
            assert!(format!("{:?}", LazyLock::force(model)).contains("KBOBCE"));
        }
    }
}
