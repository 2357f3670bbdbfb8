"""Bedrock's control plane, Organizations, accounts and Regions.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Operations_Amazon_Bedrock.html
https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
"""
import datetime

import boto3

import testbed

MODEL = {"modelArn": "arn:aws:bedrock:us-east-1::foundation-model/a.b-v1:0", "modelId": "a.b-v1:0", "providerName": "A",
         "outputModalities": ["TEXT"], "inferenceTypesSupported": ["ON_DEMAND"],
         "modelLifecycle": {"status": "LEGACY", "endOfLifeTime": "2027-03-10T00:00:00Z", "publicExtendedAccessTime": "2026-12-10T00:00:00Z"}}


def profile(number, kind="SYSTEM_DEFINED"):
    part = "inference-profile" if kind == "SYSTEM_DEFINED" else "application-inference-profile"
    return {"inferenceProfileName": "n", "inferenceProfileId": f"us.p{number}", "type": kind, "status": "ACTIVE",
            "inferenceProfileArn": f"arn:aws:bedrock:us-east-1:111122223333:{part}/us.p{number}", "models": [{"modelArn": MODEL["modelArn"]}],
            "createdAt": "2025-10-01T00:00:00Z"}


class Bedrock(testbed.Case):
    def test_models_by_region(self):
        self.control("bedrock", region="us-east-1", models=[MODEL])
        bedrock = self.client("bedrock")
        found = bedrock.list_foundation_models()["modelSummaries"]
        self.assertEqual(found[0]["modelLifecycle"]["endOfLifeTime"], datetime.datetime(2027, 3, 10, tzinfo=datetime.timezone.utc))
        for name in ("a.b-v1:0", MODEL["modelArn"]):
            self.assertEqual(bedrock.get_foundation_model(modelIdentifier=name)["modelDetails"]["modelId"], "a.b-v1:0")
        self.assertEqual(bedrock.list_foundation_models(byProvider="other")["modelSummaries"], [])
        self.assertEqual(self.client("bedrock", "eu-west-1").list_foundation_models()["modelSummaries"], [])
        self.refused("ResourceNotFoundException", bedrock.get_foundation_model, modelIdentifier="x.y")

    def test_profiles_without_a_type_are_the_system_ones_and_come_in_pages(self):
        rows = [profile(n) for n in range(30)] + [profile(99, "APPLICATION")]
        self.control("bedrock", region="us-east-1", profiles=rows, tags={rows[-1]["inferenceProfileArn"]: {"team": "search"}})
        bedrock = self.client("bedrock")
        pages = [len(p["inferenceProfileSummaries"]) for p in bedrock.get_paginator("list_inference_profiles").paginate()]
        self.assertEqual(pages, [25, 5])
        self.assertEqual(len(bedrock.list_inference_profiles(maxResults=7)["inferenceProfileSummaries"]), 7)
        own = bedrock.list_inference_profiles(typeEquals="APPLICATION")["inferenceProfileSummaries"]
        self.assertEqual([p["inferenceProfileId"] for p in own], ["us.p99"])
        arn = own[0]["inferenceProfileArn"]
        self.assertEqual(bedrock.get_inference_profile(inferenceProfileIdentifier=arn)["type"], "APPLICATION")
        self.assertEqual(bedrock.list_tags_for_resource(resourceARN=arn)["tags"], [{"key": "team", "value": "search"}])
        self.refused("ResourceNotFoundException", bedrock.list_tags_for_resource, resourceARN=arn + "x")
        self.refused("ResourceNotFoundException", bedrock.get_inference_profile, inferenceProfileIdentifier="gone")

    def test_throughputs_and_logging(self):
        times = {"creationTime": "2026-01-01T00:00:00Z", "lastModifiedTime": "2026-01-01T00:00:00Z"}
        rows = [{"provisionedModelName": f"n{n}", "provisionedModelArn": f"arn:aws:bedrock:us-east-1:111122223333:provisioned-model/p{n}", "modelArn": "a",
                 "desiredModelArn": "a", "foundationModelArn": "a", "modelUnits": 1, "desiredModelUnits": 1, "status": "InService", **times} for n in range(3)]
        self.control("bedrock", region="us-east-1", provisioned=rows)
        bedrock = self.client("bedrock")
        page = bedrock.list_provisioned_model_throughputs(maxResults=2)
        self.assertEqual(len(page["provisionedModelSummaries"]), 2)
        self.assertEqual(len(bedrock.list_provisioned_model_throughputs(nextToken=page["nextToken"])["provisionedModelSummaries"]), 1)
        self.assertNotIn("loggingConfig", bedrock.get_model_invocation_logging_configuration())
        bedrock.put_model_invocation_logging_configuration(loggingConfig={"s3Config": {"bucketName": "bucket"}, "textDataDeliveryEnabled": False})
        self.assertEqual(bedrock.get_model_invocation_logging_configuration()["loggingConfig"]["s3Config"], {"bucketName": "bucket"})


class Accounts(testbed.Case):
    def test_a_key_acts_as_its_account_and_a_role_as_the_account_of_the_role(self):
        self.assertEqual(self.client("sts").get_caller_identity()["Account"], self.account)
        other = str(int(self.account) + 700_000)
        keys = self.client("sts").assume_role(RoleArn=f"arn:aws:iam::{other}:role/reader", RoleSessionName="session")["Credentials"]
        inside = {"endpoint_url": testbed.endpoint(), "region_name": "us-east-1", "aws_access_key_id": keys["AccessKeyId"],
                  "aws_secret_access_key": keys["SecretAccessKey"], "aws_session_token": keys["SessionToken"]}
        self.assertEqual(boto3.client("sts", **inside).get_caller_identity()["Account"], other)
        self.control("bedrock", account=other, region="us-east-1", models=[MODEL])
        self.assertEqual(len(boto3.client("bedrock", **inside).list_foundation_models()["modelSummaries"]), 1)
        self.assertEqual(self.client("bedrock").list_foundation_models()["modelSummaries"], [])

    def test_an_organization_is_listed_once_there_is_one(self):
        organizations = self.client("organizations")
        self.refused("AWSOrganizationsNotInUseException", organizations.list_accounts)
        organizations.create_organization()
        self.assertEqual([a["Id"] for a in organizations.list_accounts()["Accounts"]], [self.account])
        self.control("organization", members=[{"id": f"{n:012d}", "name": f"m{n}"} for n in range(1, 31)] + [{"id": "000000000099", "status": "SUSPENDED"}])
        pages = [page["Accounts"] for page in organizations.get_paginator("list_accounts").paginate()]
        self.assertEqual([len(page) for page in pages], [20, 12])
        self.assertEqual(pages[1][-1]["Status"], "SUSPENDED")

    def test_every_commercial_region_answers(self):
        for region in boto3.session.Session().get_available_regions("bedrock"):
            with self.subTest(region):
                self.client("logs", region).describe_log_groups()
                self.client("sts", region).get_caller_identity()
