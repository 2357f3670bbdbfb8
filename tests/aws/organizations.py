"""AWS Organizations, as far as listing the accounts of an organization goes.

Own state instead of moto's, so that a test can have members with account ids of its choice.
https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
"""
from errors import AwsError

PAGE = 20  # "The maximum ... default value is specific to the operation"; AWS hands out 20 at a time.
MEMBERS = {}  # management account -> its accounts


def _account(management, number, name, status="ACTIVE", joined=1_600_000_000.0):
    return {"Id": number, "Arn": f"arn:aws:organizations::{management}:account/o-standin0001/{number}",
            "Email": f"{name}@example.com", "Name": name, "Status": status, "State": status,
            "JoinedMethod": "CREATED", "JoinedTimestamp": joined}


def set_members(management, members):
    """Makes an organization: the management account, then members as {id, name, status}."""
    MEMBERS[management] = [_account(management, management, "management")] + [
        _account(management, member["id"], member.get("name", f"member-{member['id']}"), member.get("status", "ACTIVE"))
        for member in members]


def forget(account):
    """Drops the organization of an account."""
    MEMBERS.pop(account, None)


def _members(call):
    if call.account in MEMBERS:
        return MEMBERS[call.account]
    if any(call.account == member["Id"] for members in MEMBERS.values() for member in members):
        raise AwsError("AccessDeniedException", "You don't have permissions to access this resource.")
    raise AwsError("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")


def create_organization(call):
    if call.account in MEMBERS:
        raise AwsError("AlreadyInOrganizationException", "The AWS account is already a member of an organization.")
    set_members(call.account, [])
    return describe_organization(call)


def create_account(call):
    members = _members(call)
    number = f"{int(call.account) + 1000 * len(members):012d}"
    members.append(_account(call.account, number, call.input["AccountName"]))
    return {"CreateAccountStatus": {"Id": f"car-{number}", "AccountName": call.input["AccountName"],
                                    "State": "SUCCEEDED", "AccountId": number}}


def describe_organization(call):
    _members(call)
    return {"Organization": {"Id": "o-standin0001", "MasterAccountId": call.account, "FeatureSet": "ALL"}}


def list_accounts(call):
    members, start = _members(call), int(call.input.get("NextToken") or 0)
    most = int(call.input.get("MaxResults") or PAGE)
    if not 1 <= most <= PAGE:
        raise AwsError("InvalidInputException", "You specified an invalid value for MaxResults.")
    answer = {"Accounts": members[start:start + most]}
    if start + most < len(members):
        answer["NextToken"] = str(start + most)
    return answer


OPERATIONS = {"CreateOrganization": create_organization, "CreateAccount": create_account,
              "DescribeOrganization": describe_organization, "ListAccounts": list_accounts}
