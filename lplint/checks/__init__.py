"""The table of checks: which function decides each rule.

LP001 (syntax-error), LP003 (unread-template) and LP004 (unresolvable-reference) are not here: they are what the parsers
and evaluators say of a file, and the engine passes it on.
"""

from __future__ import annotations

from lplint.aws.resource_policies import WRITES
from lplint.checks import facts, high_risk, matching
from lplint.checks.later import Later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lplint.checks import (
        accounts,
        attached,
        boundaries,
        condition_logic,
        condition_services,
        condition_types,
        condition_values,
        credentials,
        escalation,
        exposure,
        grammar,
        guardrails,
        kinds,
        lockout,
        naming,
        oidc,
        outsiders,
        passing,
        principals,
        reading,
        redundancy,
        resource_policies,
        resources,
        sizes,
        tagging,
        transport,
        trust,
        validity,
        variables,
        wildcards,
    )
    from lplint.model.finding import Problem
    from lplint.model.policy import Identity, Policy
    from lplint.model.source import Span
else:
    # Few policies need all of these, and to import them takes longer than to lint one.
    _LATER = (
        *("accounts", "attached", "boundaries", "condition_logic", "condition_services", "condition_types"),
        *(
            "condition_values",
            "credentials",
            "escalation",
            "exposure",
            "grammar",
            "guardrails",
            "kinds",
            "lockout",
            "naming",
            "oidc",
        ),
        *("outsiders", "passing", "principals", "reading", "redundancy", "resource_policies", "resources", "sizes"),
        *("tagging", "transport", "trust", "validity", "variables", "wildcards"),
    )
    globals().update({name: Later(name) for name in _LATER})

SYNTAX_ERROR = "LP001"
UNREAD_TEMPLATE = "LP003"
UNRESOLVABLE_REFERENCE = "LP004"
READING = (SYNTAX_ERROR, UNREAD_TEMPLATE, UNRESOLVABLE_REFERENCE)

# Dangerous actions that nothing limits, by the category of the danger.
_UNLIMITED = {
    "LP401": "privilege-escalation",
    "LP402": "credential-exposure",
    "LP403": "data-access",
    "LP404": "data-destruction",
    "LP405": "resource-exposure",
    "LP406": "evasion",
    "LP407": "organization-control",
    "LP408": "network",
    "LP409": "cost",
    "LP410": "persistence",
}

CHECKS: Mapping[str, Callable[[Policy], Iterator[Problem]]] = {
    "LP002": reading.duplicate_key,
    "LP101": validity.unknown_action,
    "LP102": validity.unknown_service,
    "LP103": validity.resource_never_matches_action,
    "LP104": validity.unknown_condition_key,
    "LP105": validity.unknown_condition_operator,
    "LP106": validity.invalid_version,
    "LP107": validity.missing_version,
    "LP108": validity.invalid_effect,
    "LP109": validity.missing_element,
    "LP110": validity.retired_action,
    "LP111": grammar.unknown_element,
    "LP112": grammar.wrong_element_type,
    "LP113": grammar.conflicting_elements,
    "LP114": grammar.invalid_sid,
    "LP115": grammar.duplicate_sid,
    "LP116": grammar.duplicate_sid,
    "LP117": variables.malformed_variable,
    "LP118": variables.misplaced_variable,
    "LP119": variables.variable_without_version,
    "LP120": kinds.element_not_allowed,
    "LP121": kinds.invalid_rcp,
    "LP123": principals.invalid_principal,
    "LP124": principals.wildcard_in_principal,
    "LP125": principals.unique_id_principal,
    "LP126": principals.invalid_service_principal,
    "LP127": principals.federated_outside_trust,
    "LP128": trust.mismatched_assume_action,
    "LP129": trust.roles_anywhere_actions,
    "LP130": principals.invalid_provider,
    "LP131": trust.key_never_of_service,
    "LP132": condition_types.key_never_sent,
    "LP133": condition_types.type_mismatch,
    "LP134": condition_values.invalid_condition_value,
    "LP135": condition_values.epoch_date,
    "LP136": condition_values.invalid_key_value,
    "LP137": condition_types.missing_set_operator,
    "LP138": condition_types.set_operator_on_single_value,
    "LP139": condition_types.wildcard_without_like,
    "LP140": condition_types.string_like_on_arn,
    "LP141": variables.variable_for_operator,
    "LP142": condition_types.duplicate_condition_key,
    "LP143": condition_types.deprecated_key,
    "LP144": condition_types.tags_of_service_without,
    "LP145": condition_types.missing_tag_name,
    "LP146": condition_services.missing_paired_key,
    "LP147": condition_logic.too_wide_condition_value,
    "LP148": condition_logic.untrustworthy_key,
    "LP149": condition_services.list_prefix_negated,
    "LP150": condition_services.action_for_key,
    "LP151": condition_services.key_of_some_services,
    "LP152": condition_services.rcp_denies_services,
    "LP153": condition_values.private_source_ip,
    "LP160": resources.malformed_arn,
    "LP161": resources.arn_field_not_as_type,
    "LP162": resources.unknown_arn_resource,
    "LP163": resources.foreign_action,
    "LP164": resources.foreign_resource,
    "LP170": sizes.policy_too_long,
    "LP171": sizes.policy_over_quota,
    "LP201": wildcards.wildcard_action,
    "LP202": wildcards.wildcard_service,
    "LP203": wildcards.wildcard_resource,
    "LP204": wildcards.allow_not_action,
    "LP205": wildcards.allow_not_resource,
    "LP206": wildcards.full_admin,
    "LP207": wildcards.wildcard_verb,
    "LP208": wildcards.free_wildcard_resource,
    "LP209": wildcards.whole_type,
    "LP210": wildcards.full_iam,
    "LP211": wildcards.almost_admin,
    "LP301": passing.pass_role_any_role,
    "LP302": passing.pass_role_by_exception,
    "LP303": exposure.service_without_source,
    "LP304": oidc.oidc_without_claim,
    "LP305": oidc.github_any_repository,
    "LP306": oidc.github_wildcard,
    "LP307": trust.trusted_service_without_source,
    "LP308": condition_services.dynamodb_attributes,
    "LP309": condition_services.dynamodb_replaced_item,
    "LP310": condition_services.dynamodb_scan,
    "LP311": condition_logic.if_exists_lets_through,
    "LP312": condition_types.for_all_values_without_null,
    "LP313": passing.service_linked_role,
    "LP430": escalation.self_escalation,
    "LP431": escalation.pass_role_escalation,
    "LP432": escalation.role_take_over,
    "LP433": escalation.effective_admin,
    "LP434": resource_policies.writes_resource_policy,
    "LP436": boundaries.removable_boundary,
    "LP501": exposure.public_principal,
    "LP502": exposure.allow_not_principal,
    "LP503": accounts.outside_zone,
    "LP504": accounts.vendor,
    "LP505": accounts.other_account,
    "LP506": exposure.endpoint_without_perimeter,
    "LP507": accounts.vendor_without_external_id,
    "LP520": outsiders.account_without_external_id,
    "LP521": oidc.provider_not_tied_down,
    "LP522": outsiders.whole_account,
    "LP523": outsiders.name_in_any_account,
    "LP524": oidc.github_any_owner,
    "LP525": oidc.github_pull_request,
    "LP526": oidc.github_without_environment,
    "LP527": oidc.claim_if_exists,
    "LP528": oidc.provider_for_all_projects,
    "LP530": oidc.cognito_guests,
    "LP531": oidc.cognito_unauthenticated,
    "LP532": oidc.claim_like_without_wildcard,
    "LP533": oidc.github_unlike_subject,
    "LP534": outsiders.saml_without_audience,
    "LP535": outsiders.any_certificate,
    "LP536": outsiders.unchecked_session,
    "LP550": lockout.locked_out,
    "LP551": lockout.key_without_administrator,
    "LP552": lockout.deny_not_principal,
    "LP553": lockout.session_as_principal_arn,
    "LP554": lockout.locked_out_by_way,
    "LP600": guardrails.carve_out_for_everyone,
    "LP601": guardrails.denial_never_applies,
    "LP602": guardrails.mfa_denial_misses_keys,
    "LP603": guardrails.source_ip_denies_services,
    "LP604": guardrails.allow_in_scp,
    "LP605": guardrails.rcp_for_everyone,
    "LP606": guardrails.rcp_denies_service_principals,
    "LP607": guardrails.anonymous_not_denied,
    "LP608": guardrails.outsiders_not_denied,
    "LP610": guardrails.region_lock,
    "LP701": grammar.empty_element,
    "LP702": principals.redundant_trusted_principal,
    "LP703": trust.recommended_source_key,
    "LP704": condition_logic.null_with_set_operator,
    "LP705": condition_logic.better_said_with_null,
    "LP706": condition_logic.condition_always_holds,
    "LP707": condition_logic.condition_never_holds,
    "LP708": condition_logic.empty_condition_values,
    "LP709": condition_logic.redundant_numbers,
    "LP710": condition_values.host_bits,
    "LP711": condition_values.some_private_source_ip,
    "LP712": condition_services.irrelevant_key,
    "LP713": condition_logic.needless_if_exists,
    "LP714": redundancy.redundant_action,
    "LP715": redundancy.redundant_resource,
    "LP716": redundancy.redundant_statement,
    "LP717": redundancy.redundant_principal,
    "LP718": redundancy.redundant_condition_value,
    "LP719": redundancy.wildcard_in_service,
    "LP720": passing.linked_role_on_any_resource,
    **{
        id_: high_risk.unlimited(category, lowest=high_risk.GAINS if id_ == "LP401" else 1)
        for id_, category in _UNLIMITED.items()
    },
    "LP411": high_risk.rare_dangerous,
    "LP412": high_risk.unlimited("privilege-escalation", highest=high_risk.GAINS - 1),
    "LP212": wildcards.every_region_or_account,
    "LP213": wildcards.every_bucket_object,
    "LP214": wildcards.harmless_wildcard_service,
    "LP330": tagging.tags_that_decide_can_be_set,
    "LP215": wildcards.unlimited_service,
    "LP324": transport.bucket_without_tls,
    "LP329": transport.queue_or_topic_without_tls,
    "LP420": naming.name_says_read_only,
    # Rules that need no function: see the [match] tables under rules/.
    **matching.built_in(),
}

# What takes all policies of one role, user or group to decide.
IDENTITY_CHECKS: Mapping[str, Callable[[Identity], Iterator[Problem]]] = {
    "LP172": sizes.inline_policies_too_long,
    "LP421": attached.administrator_attached,
    "LP422": attached.full_access_attached,
    "LP750": attached.policy_of_user,
    "LP423": credentials.access_key,
    "LP424": credentials.console_password,
    "LP425": credentials.dangerous_without_factor,
    "LP426": credentials.long_dangerous_session,
    "LP430": escalation.self_escalation_together,
    "LP431": escalation.pass_role_escalation_together,
    "LP432": escalation.role_take_over_together,
    "LP433": escalation.effective_admin_together,
    "LP435": escalation.stronger_role,
    "LP437": boundaries.boundary_as_permissions,
}

# What takes all service control policies of a run to decide: the place of the first, and what they protect together.
ORGANIZATION_CHECKS: Mapping[str, Callable[[Span, frozenset[str]], Iterator[Problem]]] = {
    "LP611": guardrails.missing_guardrail,
}


def _of(*modules: str) -> list[str]:
    """The ids of the rules whose checks are in modules with such a beginning."""
    return [id_ for id_, check in CHECKS.items() if getattr(check, "module", "").startswith(modules)]


_ADDRESS = ("aws:sourceip",)
# Ids that AWS makes, and what is read out of them.
_IDS = ("account", "aws:principalorg", "aws:resourceorg", "aws:sourceorg", "aws:sourcevpc", "aws:userid", "aws:vpceorg")

# The facts without which a rule says nothing of a policy, so that it need not be asked: one of each of the facts that
# are joined by "or". A rule that is not here is always asked.
WITHOUT: Mapping[str, tuple[int, ...]] = {
    # Conditions.
    **dict.fromkeys(_of("condition_"), (facts.CONDITIONS,)),
    "LP104": (facts.CONDITIONS,),
    "LP105": (facts.CONDITION_ELEMENT,),
    "LP117": (facts.VARIABLES | facts.CONDITION_VARIABLES,),
    "LP119": (facts.VARIABLES | facts.CONDITION_VARIABLES,),
    "LP134": (facts.NO_STRINGS,),
    "LP135": (facts.NUMBERS,),
    "LP136": (facts.comparing(*_IDS, "aws:requestedregion", "dynamodb:", "ec2:region", "kms-key-id"),),
    "LP138": (facts.SET_OPERATOR,),
    "LP139": (facts.CONDITION_WILDCARD,),
    "LP140": (facts.CONDITION_WILDCARD,),
    "LP141": (facts.NO_TEXTS, facts.CONDITION_VARIABLES),
    "LP142": (facts.SEVERAL_CONDITIONS,),
    "LP143": (facts.comparing("aws:arn"),),
    "LP144": (facts.comparing("aws:resourcetag/"),),
    "LP145": (facts.comparing("tag"),),
    "LP146": (facts.comparing("aws:ec2instancesourceprivate", "aws:vpcsourceip"),),
    "LP147": (facts.comparing(*_IDS), facts.CONDITION_WILDCARD | facts.CONDITION_VARIABLES),
    "LP148": (facts.comparing("aws:referer", "aws:useragent"),),
    "LP149": (facts.comparing("s3:prefix"),),
    "LP150": (facts.comparing("sts:"),),
    "LP151": (facts.DENIED_UNDER, facts.comparing("aws:vpce")),
    "LP152": (facts.DENIED_UNDER,),
    "LP153": (facts.comparing(*_ADDRESS), facts.ADDRESSES),
    **dict.fromkeys(("LP308", "LP309", "LP310"), (facts.comparing("dynamodb:"),)),
    **dict.fromkeys(("LP311", "LP713"), (facts.IF_EXISTS,)),
    "LP312": (facts.SET_OPERATOR,),
    "LP330": (facts.comparing("-tag/", "resourcetag/"),),
    "LP553": (facts.comparing("aws:principalarn"),),
    **dict.fromkeys(("LP600", "LP601", "LP602", "LP603", "LP606", "LP607", "LP608", "LP610"), (facts.DENIED_UNDER,)),
    "LP704": (facts.NULL, facts.SET_OPERATOR),
    "LP705": (facts.ANY_VALUE,),
    "LP706": (facts.ANY_VALUE | facts.CONDITION_VARIABLES,),
    "LP707": (facts.ANY_VALUE,),
    "LP708": (facts.NO_VALUES,),
    "LP709": (facts.NUMBERS, facts.SEVERAL_CONDITION_VALUES),
    "LP710": (facts.ADDRESSES,),
    "LP711": (facts.comparing(*_ADDRESS), facts.ADDRESSES),
    "LP712": (facts.comparing("resourceaccount", "aws:resourceorg"),),
    "LP718": (facts.SEVERAL_CONDITION_VALUES,),
    # Principals.
    **dict.fromkeys(_of("accounts", "oidc", "outsiders", "principals", "trust"), (facts.PRINCIPALS,)),
    **dict.fromkeys(("LP303", "LP501", "LP502", "LP717"), (facts.PRINCIPALS,)),
    "LP118": (facts.VARIABLES | facts.PRINCIPALS,),
    "LP126": (facts.comparing("calledvia", "service") | facts.PRINCIPALS,),
    "LP306": (facts.CONDITIONS,),
    # Statements, and what they are about.
    **dict.fromkeys(("LP101", "LP102", "LP110"), (facts.NO_ACTION,)),
    **dict.fromkeys(("LP103", "LP160", "LP161", "LP162"), (facts.NARROW,)),
    "LP113": (facts.EXCEPTIONS,),
    **dict.fromkeys(("LP115", "LP116", "LP716"), (facts.SEVERAL_STATEMENTS,)),
    "LP201": (facts.EVERY_ACTION,),
    **dict.fromkeys(("LP202", "LP210", "LP214", "LP215"), (facts.WHOLE_SERVICE,)),
    **dict.fromkeys(("LP203", "LP208"), (facts.EVERY_RESOURCE,)),
    **dict.fromkeys(("LP204", "LP205", "LP302"), (facts.EXCEPTIONS,)),
    "LP206": (facts.EVERY_ACTION, facts.EVERY_RESOURCE),
    "LP207": (facts.ACTION_WILDCARD,),
    **dict.fromkeys(("LP209", "LP212", "LP213"), (facts.RESOURCE_WILDCARD,)),
    "LP211": (facts.EXCEPTIONS, facts.EVERY_ACTION | facts.EVERY_RESOURCE),
    **dict.fromkeys(("LP301", "LP720"), (facts.OF_IAM,)),
    "LP313": (facts.OF_IAM | facts.EXCEPTIONS,),
    **{id_: (facts.danger(category),) for id_, category in _UNLIMITED.items()},
    "LP411": (facts.GUARDED,),
    "LP412": (facts.danger("privilege-escalation"),),
    **dict.fromkeys((f"LP{number}" for number in range(430, 434)), (facts.ESCALATES,)),
    "LP434": (facts.wanting(*WRITES),),
    "LP714": (facts.SEVERAL_VALUES | facts.SEVERAL_STATEMENTS,),
    "LP715": (facts.SEVERAL_VALUES,),
    "LP719": (facts.WILDCARD_SERVICE,),
    **{id_: (facts.wanting(*actions),) for id_, actions in matching.built_in_actions().items()},
}


def may_say(rule_id: str, found: int) -> bool:
    """Whether a rule may have something to say of a policy with some facts."""
    return all(found & one for one in WITHOUT.get(rule_id, ()))
