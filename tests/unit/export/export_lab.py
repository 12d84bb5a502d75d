"""A representative account of a stack: one or more of everything that the roles make."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import boto3

STACK, REGION = "railyard", "ap-northeast-1"
TAGS = [{"Key": "Stack", "Value": STACK}, {"Key": "ManagedBy", "Value": "railyard.aws"}]
#: One that the emulator has; its list of all takes longer than anything else here.
IMAGE = "ami-03cf127a"
#: What nobody may find in a template.
SECRET = "correct-horse-battery-staple-4711"


def named(name: str) -> list[dict[str, str]]:
    return [{"Key": "Name", "Value": name}, *TAGS]


def spec(kind: str, name: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": named(name)}]


class AccountOf:
    """The account, built service by service in one region."""

    def __init__(self, region: str) -> None:
        self.region = region
        self.client = cache(lambda service: boto3.client(service, region_name=region))
        self.account = self.client("sts").get_caller_identity()["Account"]
        self.network()
        self.firewall()
        self.nat_instance()
        self.identities()
        self.storage()
        self.servers()
        self.mail()
        self.balancer()
        self.database()
        self.cache()
        self.names()
        self.watching()
        self.secrets()

    def network(self) -> None:
        ec2 = self.client("ec2")
        zones = [zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]][:2]
        self.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=spec("vpc", STACK))["Vpc"]["VpcId"]
        ec2.modify_vpc_attribute(VpcId=self.vpc, EnableDnsHostnames={"Value": True})
        gateway = ec2.create_internet_gateway(TagSpecifications=spec("internet-gateway", STACK))["InternetGateway"]
        self.gateway = gateway["InternetGatewayId"]
        ec2.attach_internet_gateway(VpcId=self.vpc, InternetGatewayId=self.gateway)
        self.subnets: dict[str, str] = {}
        for number, (tier, zone) in enumerate((tier, zone) for tier in ("public", "private") for zone in zones):
            name = f"{STACK}-{tier}-{zones.index(zone) + 1}"
            made = ec2.create_subnet(
                VpcId=self.vpc,
                CidrBlock=f"10.0.{number * 16}.0/20",
                AvailabilityZone=zone,
                TagSpecifications=spec("subnet", name),
            )
            self.subnets[name] = made["Subnet"]["SubnetId"]
        address = ec2.allocate_address(Domain="vpc", TagSpecifications=spec("elastic-ip", f"{STACK}-nat-1"))
        nat = ec2.create_nat_gateway(
            SubnetId=self.subnets[f"{STACK}-public-1"],
            AllocationId=address["AllocationId"],
            TagSpecifications=spec("natgateway", f"{STACK}-nat-1"),
        )["NatGateway"]["NatGatewayId"]
        tables = {}
        for tier, target in (("public", {"GatewayId": self.gateway}), ("private", {"NatGatewayId": nat})):
            name = f"{STACK}-{tier}"
            table = ec2.create_route_table(VpcId=self.vpc, TagSpecifications=spec("route-table", name))["RouteTable"]
            tables[tier] = table["RouteTableId"]
            ec2.create_route(RouteTableId=tables[tier], DestinationCidrBlock="0.0.0.0/0", **target)
            for number in (1, 2):
                ec2.associate_route_table(RouteTableId=tables[tier], SubnetId=self.subnets[f"{name}-{number}"])
        acl = ec2.create_network_acl(VpcId=self.vpc, TagSpecifications=spec("network-acl", f"{STACK}-public"))
        for egress in (False, True):
            ec2.create_network_acl_entry(
                NetworkAclId=acl["NetworkAcl"]["NetworkAclId"],
                RuleNumber=100,
                Protocol="6",
                PortRange={"From": 22, "To": 443},
                RuleAction="allow",
                Egress=egress,
                CidrBlock="0.0.0.0/0",
            )
        ec2.create_vpc_endpoint(
            VpcId=self.vpc,
            ServiceName=f"com.amazonaws.{self.region}.s3",
            VpcEndpointType="Gateway",
            RouteTableIds=[tables["private"]],
            TagSpecifications=spec("vpc-endpoint", f"{STACK}-s3"),
        )

    def firewall(self) -> None:
        """Groups that let each other in, as a balancer and its servers do, and one that lets itself in."""
        ec2 = self.client("ec2")
        self.groups = {
            name: ec2.create_security_group(
                GroupName=f"{STACK}-{name}",
                Description=f"{name} of {STACK}",
                VpcId=self.vpc,
                TagSpecifications=spec("security-group", f"{STACK}-{name}"),
            )["GroupId"]
            for name in ("alb", "web", "jump", "db", "cache")
        }

        def rule(port: int, **source: Any) -> list[dict[str, Any]]:
            return [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **source}]

        def group(name: str) -> list[dict[str, str]]:
            return [{"GroupId": self.groups[name], "Description": f"from {name}"}]

        anywhere = [{"CidrIp": "0.0.0.0/0", "Description": "anybody"}]
        for name, rules in {
            "alb": rule(443, IpRanges=anywhere) + rule(80, IpRanges=anywhere, Ipv6Ranges=[{"CidrIpv6": "::/0"}]),
            "web": rule(3000, UserIdGroupPairs=group("alb")) + rule(22, UserIdGroupPairs=group("jump")),
            "jump": rule(22, IpRanges=[{"CidrIp": "203.0.113.9/32"}]),
            "db": rule(3306, UserIdGroupPairs=group("web")),
            "cache": rule(6379, UserIdGroupPairs=group("web")) + rule(6380, UserIdGroupPairs=group("cache")),
        }.items():
            ec2.authorize_security_group_ingress(GroupId=self.groups[name], IpPermissions=rules)
        ec2.revoke_security_group_egress(
            GroupId=self.groups["alb"], IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
        )
        ec2.authorize_security_group_egress(
            GroupId=self.groups["alb"], IpPermissions=rule(3000, UserIdGroupPairs=group("web"))
        )

    def nat_instance(self) -> None:
        """Beside the gateway: a group that has launched none yet, and what the next one is to have."""
        ec2, name = self.client("ec2"), f"{STACK}-nat-instance"
        interface = ec2.create_network_interface(
            SubnetId=self.subnets[f"{STACK}-public-1"],
            Groups=[self.groups["web"]],
            Description="Interface of the NAT instance",
            TagSpecifications=spec("network-interface", name),
        )["NetworkInterface"]
        self.interface = interface["NetworkInterfaceId"]
        ec2.modify_network_interface_attribute(NetworkInterfaceId=self.interface, SourceDestCheck={"Value": False})
        address = ec2.allocate_address(Domain="vpc", TagSpecifications=spec("elastic-ip", name))["AllocationId"]
        ec2.associate_address(AllocationId=address, NetworkInterfaceId=self.interface)
        table = ec2.create_route_table(VpcId=self.vpc, TagSpecifications=spec("route-table", name))["RouteTable"]
        ec2.create_route(
            RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", NetworkInterfaceId=self.interface
        )
        ec2.create_launch_template(
            LaunchTemplateName=name,
            LaunchTemplateData={
                "ImageId": "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-minimal-kernel-default-arm64",
                "InstanceType": "t4g.nano",
                "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
                "NetworkInterfaces": [{"DeviceIndex": 0, "NetworkInterfaceId": self.interface}],
                "TagSpecifications": spec("instance", name),
            },
            TagSpecifications=spec("launch-template", name),
        )
        self.client("autoscaling").create_auto_scaling_group(
            AutoScalingGroupName=name,
            LaunchTemplate={"LaunchTemplateName": name, "Version": "$Latest"},
            MinSize=0,
            MaxSize=1,
            DesiredCapacity=0,
            AvailabilityZones=[interface["AvailabilityZone"]],
            Tags=[{**tag, "PropagateAtLaunch": False} for tag in named(name)],
        )

    def identities(self) -> None:
        iam, path = self.client("iam"), f"/railyard/{STACK}/{self.region}/"

        def policy(*actions: str, resource: str | list[str] = "*") -> str:
            statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
            return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

        def trust(service: str) -> str:
            statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
            return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

        bucket = f"arn:aws:s3:::{self.bucket('uploads')}"
        boundary = iam.create_policy(PolicyName=f"{STACK}-boundary", Path=path, PolicyDocument=policy("s3:*", "ses:*"))
        self.roles = {}
        for name, service in (("web", "ec2.amazonaws.com"), ("flow-logs", "vpc-flow-logs.amazonaws.com")):
            self.roles[name] = iam.create_role(
                RoleName=f"{STACK}-{self.region}-{name}",
                Path=path,
                AssumeRolePolicyDocument=trust(service),
                PermissionsBoundary=boundary["Policy"]["Arn"],
                Description=f"{name} of {STACK}",
                Tags=TAGS,
            )["Role"]
        role = self.roles["web"]["RoleName"]
        iam.put_role_policy(
            RoleName=role, PolicyName="uploads", PolicyDocument=policy("s3:GetObject", resource=[f"{bucket}/*"])
        )
        iam.put_role_policy(RoleName=role, PolicyName="list", PolicyDocument=policy("s3:ListBucket", resource=[bucket]))
        iam.attach_role_policy(RoleName=role, PolicyArn=boundary["Policy"]["Arn"])
        iam.create_instance_profile(InstanceProfileName=role, Path=path, Tags=TAGS)
        iam.add_role_to_instance_profile(InstanceProfileName=role, RoleName=role)
        iam.create_group(GroupName=f"{STACK}-people", Path=path)
        iam.put_group_policy(
            GroupName=f"{STACK}-people",
            PolicyName="own",
            PolicyDocument=policy("iam:GetUser", resource=f"arn:aws:iam::{self.account}:user{path}${{aws:username}}"),
        )
        iam.create_user(UserName=f"{STACK}-smtp", Path=path, Tags=TAGS)
        iam.add_user_to_group(UserName=f"{STACK}-smtp", GroupName=f"{STACK}-people")
        iam.put_user_policy(UserName=f"{STACK}-smtp", PolicyName="send", PolicyDocument=policy("ses:SendRawEmail"))
        iam.create_access_key(UserName=f"{STACK}-smtp")

    def bucket(self, purpose: str) -> str:
        return f"{STACK}-{purpose}-{self.account}-{self.region}"

    def storage(self) -> None:
        s3 = self.client("s3")
        place = {} if self.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": self.region}}
        for purpose in ("uploads", "mail"):
            name = self.bucket(purpose)
            s3.create_bucket(Bucket=name, **place)
            s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": TAGS})
            encryption = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
            s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration=encryption)
            block = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
            s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=dict.fromkeys(block, True))
            s3.put_bucket_ownership_controls(
                Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
            )
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
            s3.put_bucket_lifecycle_configuration(
                Bucket=name,
                LifecycleConfiguration={
                    "Rules": [
                        {
                            "ID": "old versions",
                            "Status": "Enabled",
                            "Filter": {"Prefix": ""},
                            "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
                            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                        },
                        {
                            "ID": "old",
                            "Status": "Enabled",
                            "Filter": {"Prefix": "cache/"},
                            "Expiration": {"Days": 60},
                            "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}],
                        },
                    ]
                },
            )
            statement = {
                "Sid": "OnlyTls",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
            mail = {
                "Effect": "Allow",
                "Principal": {"Service": "ses.amazonaws.com"},
                "Action": "s3:PutObject",
                "Resource": f"arn:aws:s3:::{name}/*",
                "Condition": {"StringEquals": {"AWS:SourceAccount": self.account}},
            }
            statements = [statement, mail] if purpose == "mail" else [statement]
            s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))

    def servers(self) -> None:
        ec2 = self.client("ec2")
        ec2.create_key_pair(KeyName=STACK, TagSpecifications=spec("key-pair", STACK))
        self.web = ec2.run_instances(
            ImageId=IMAGE,
            InstanceType="t3.small",
            MinCount=1,
            MaxCount=1,
            KeyName=STACK,
            SubnetId=self.subnets[f"{STACK}-private-1"],
            SecurityGroupIds=[self.groups["web"]],
            IamInstanceProfile={"Name": self.roles["web"]["RoleName"]},
            MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
            BlockDeviceMappings=[
                {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 20, "VolumeType": "gp3", "Encrypted": True}}
            ],
            UserData=f"password={SECRET}",
            TagSpecifications=[*spec("instance", "web01"), *spec("volume", "web01")],
        )["Instances"][0]["InstanceId"]
        gone = ec2.run_instances(
            ImageId=IMAGE,
            InstanceType="t3.small",
            MinCount=1,
            MaxCount=1,
            SubnetId=self.subnets[f"{STACK}-private-1"],
            TagSpecifications=spec("instance", "web09"),
        )["Instances"][0]["InstanceId"]
        ec2.terminate_instances(InstanceIds=[gone])

    def balancer(self) -> None:
        elb = self.client("elbv2")
        self.certificate = self.client("acm").request_certificate(
            DomainName="www.example.jp",
            SubjectAlternativeNames=["example.jp"],
            ValidationMethod="DNS",
            Tags=TAGS,
        )["CertificateArn"]
        self.balancer_made = elb.create_load_balancer(
            Name=STACK,
            Subnets=[self.subnets[f"{STACK}-public-1"], self.subnets[f"{STACK}-public-2"]],
            SecurityGroups=[self.groups["alb"]],
            Scheme="internet-facing",
            Type="application",
            Tags=TAGS,
        )["LoadBalancers"][0]
        arn = self.balancer_made["LoadBalancerArn"]
        elb.modify_load_balancer_attributes(
            LoadBalancerArn=arn,
            Attributes=[{"Key": "routing.http.drop_invalid_header_fields.enabled", "Value": "true"}],
        )
        self.target_group = elb.create_target_group(
            Name=f"{STACK}-web",
            Protocol="HTTP",
            Port=3000,
            VpcId=self.vpc,
            HealthCheckPath="/up",
            HealthCheckIntervalSeconds=10,
            HealthCheckTimeoutSeconds=5,
            Matcher={"HttpCode": "200"},
            Tags=TAGS,
        )["TargetGroups"][0]["TargetGroupArn"]
        elb.register_targets(TargetGroupArn=self.target_group, Targets=[{"Id": self.web, "Port": 3000}])
        redirect = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
        elb.create_listener(
            LoadBalancerArn=arn,
            Protocol="HTTP",
            Port=80,
            DefaultActions=[{"Type": "redirect", "RedirectConfig": redirect}],
        )
        listener = elb.create_listener(
            LoadBalancerArn=arn,
            Protocol="HTTPS",
            Port=443,
            SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06",
            Certificates=[{"CertificateArn": self.certificate}],
            DefaultActions=[{"Type": "forward", "TargetGroupArn": self.target_group}],
        )["Listeners"][0]["ListenerArn"]
        elb.create_rule(
            ListenerArn=listener,
            Priority=10,
            Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/private/*"]}}],
            Actions=[
                {
                    "Type": "fixed-response",
                    "FixedResponseConfig": {"StatusCode": "403", "ContentType": "text/plain", "MessageBody": "no"},
                }
            ],
        )

    def database(self) -> None:
        rds = self.client("rds")
        private = [self.subnets[f"{STACK}-private-{number}"] for number in (1, 2)]
        rds.create_db_subnet_group(
            DBSubnetGroupName=STACK, DBSubnetGroupDescription="private", SubnetIds=private, Tags=TAGS
        )
        rds.create_db_parameter_group(
            DBParameterGroupName=STACK, DBParameterGroupFamily="mysql8.4", Description="ours", Tags=TAGS
        )
        rds.modify_db_parameter_group(
            DBParameterGroupName=STACK,
            Parameters=[
                {"ParameterName": "character_set_server", "ParameterValue": "utf8mb4", "ApplyMethod": "immediate"}
            ],
        )
        rds.create_option_group(
            OptionGroupName=STACK,
            EngineName="mysql",
            MajorEngineVersion="8.4",
            OptionGroupDescription="ours",
            Tags=TAGS,
        )
        rds.create_db_instance(
            DBInstanceIdentifier=STACK,
            DBInstanceClass="db.t4g.micro",
            Engine="mysql",
            EngineVersion="8.4.7",
            AllocatedStorage=20,
            MaxAllocatedStorage=100,
            StorageType="gp3",
            StorageEncrypted=True,
            # Like other names, so that nothing may take a word for a reference.
            DBName=STACK,
            MasterUsername="admin",
            MasterUserPassword=SECRET,
            DBSubnetGroupName=STACK,
            DBParameterGroupName=STACK,
            OptionGroupName=STACK,
            VpcSecurityGroupIds=[self.groups["db"]],
            BackupRetentionPeriod=7,
            CopyTagsToSnapshot=True,
            EnableCloudwatchLogsExports=["error", "slowquery"],
            Tags=TAGS,
        )
        rds.create_db_snapshot(DBSnapshotIdentifier=f"{STACK}-old", DBInstanceIdentifier=STACK, Tags=TAGS)

    def cache(self) -> None:
        client = self.client("elasticache")
        private = [self.subnets[f"{STACK}-private-{number}"] for number in (1, 2)]
        client.create_cache_subnet_group(
            CacheSubnetGroupName=STACK, CacheSubnetGroupDescription="private", SubnetIds=private, Tags=TAGS
        )
        client.create_cache_parameter_group(
            CacheParameterGroupName=STACK, CacheParameterGroupFamily="valkey8", Description="ours", Tags=TAGS
        )
        client.modify_cache_parameter_group(
            CacheParameterGroupName=STACK,
            ParameterNameValues=[{"ParameterName": "maxmemory-policy", "ParameterValue": "noeviction"}],
        )
        client.create_replication_group(
            ReplicationGroupId=STACK,
            ReplicationGroupDescription="cache",
            Engine="valkey",
            CacheNodeType="cache.t4g.micro",
            NumNodeGroups=1,
            ReplicasPerNodeGroup=1,
            AutomaticFailoverEnabled=True,
            MultiAZEnabled=True,
            CacheSubnetGroupName=STACK,
            CacheParameterGroupName=STACK,
            SecurityGroupIds=[self.groups["cache"]],
            AtRestEncryptionEnabled=True,
            TransitEncryptionEnabled=True,
            AuthToken=SECRET,
            Tags=TAGS,
        )

    def names(self) -> None:
        route53 = self.client("route53")
        balancer = self.balancer_made
        alias = {
            "HostedZoneId": balancer["CanonicalHostedZoneId"],
            "DNSName": f"dualstack.{balancer['DNSName']}",
            "EvaluateTargetHealth": False,
        }
        records = {
            "example.jp": [
                {"Name": "www.example.jp", "Type": "A", "AliasTarget": alias},
                {"Name": "www.example.jp", "Type": "AAAA", "AliasTarget": alias},
                {"Name": "*.example.jp", "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": "www.example.jp"}]},
                {"Name": "example.jp", "Type": "TXT", "TTL": 300, "ResourceRecords": [{"Value": '"v=spf1 -all"'}]},
                {
                    "Name": "example.jp",
                    "Type": "MX",
                    "TTL": 300,
                    "ResourceRecords": [{"Value": f"10 inbound-smtp.{self.region}.amazonaws.com"}],
                },
            ],
            "home": [{"Name": "db.home", "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": "db.example.org"}]}],
        }
        for domain, wanted in records.items():
            inside = {"VPC": {"VPCRegion": self.region, "VPCId": self.vpc}} if domain == "home" else {}
            zone = route53.create_hosted_zone(
                Name=domain,
                CallerReference=domain,
                HostedZoneConfig={"Comment": f"{domain} of {STACK}", "PrivateZone": bool(inside)},
                **inside,
            )["HostedZone"]["Id"].rpartition("/")[2]
            region = [*TAGS, {"Key": "Region", "Value": self.region}]
            route53.change_tags_for_resource(ResourceType="hostedzone", ResourceId=zone, AddTags=region)
            changes = [{"Action": "CREATE", "ResourceRecordSet": record} for record in wanted]
            route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})

    def mail(self) -> None:
        for name in ("example.jp", "kim@example.com"):
            self.client("sesv2").create_email_identity(EmailIdentity=name, Tags=TAGS)
        ses = self.client("ses")
        ses.create_receipt_rule_set(RuleSetName=f"{STACK}-mail")
        for name in ("inquiries", "rest"):
            keep = {"BucketName": self.bucket("mail"), "ObjectKeyPrefix": f"{name}/"}
            rule = {
                "Name": name,
                "Enabled": True,
                "TlsPolicy": "Optional",
                "Recipients": [f"{name}@example.jp"],
                "Actions": [{"S3Action": keep}],
                "ScanEnabled": True,
            }
            ses.create_receipt_rule(RuleSetName=f"{STACK}-mail", Rule=rule)

    def watching(self) -> None:
        sns, logs, watch = self.client("sns"), self.client("logs"), self.client("cloudwatch")
        topic = sns.create_topic(Name=f"{STACK}-alarms", Attributes={"DisplayName": "Alarms"}, Tags=TAGS)["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="kim@example.com")
        sns.subscribe(TopicArn=topic, Protocol="https", Endpoint=f"https://hooks.example.com/{SECRET}")
        logs.create_log_group(logGroupName=f"/{STACK}/flow", tags={"Stack": STACK})
        logs.put_retention_policy(logGroupName=f"/{STACK}/flow", retentionInDays=30)
        self.client("ec2").create_flow_logs(
            ResourceIds=[self.vpc],
            ResourceType="VPC",
            TrafficType="REJECT",
            LogDestinationType="cloud-watch-logs",
            LogGroupName=f"/{STACK}/flow",
            DeliverLogsPermissionArn=self.roles["flow-logs"]["Arn"],
            MaxAggregationInterval=600,
            TagSpecifications=spec("vpc-flow-log", STACK),
        )
        full_name = self.balancer_made["LoadBalancerArn"].partition(":loadbalancer/")[2]
        for name, namespace, metric, dimension in (
            ("cpu of web01", "AWS/EC2", "CPUUtilization", {"Name": "InstanceId", "Value": self.web}),
            ("5xx", "AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", {"Name": "LoadBalancer", "Value": full_name}),
            ("storage", "AWS/RDS", "FreeStorageSpace", {"Name": "DBInstanceIdentifier", "Value": STACK}),
        ):
            watch.put_metric_alarm(
                AlarmName=f"{STACK}/{name}",
                Namespace=namespace,
                MetricName=metric,
                Dimensions=[dimension],
                Statistic="Average",
                Period=300,
                EvaluationPeriods=2,
                Threshold=80.0,
                ComparisonOperator="GreaterThanThreshold",
                AlarmActions=[topic],
                OKActions=[topic],
            )
        body = {"widgets": [{"type": "text", "x": 0, "y": 0, "width": 3, "height": 3, "properties": {"markdown": "x"}}]}
        watch.put_dashboard(DashboardName=f"{STACK}-{self.region}", DashboardBody=json.dumps(body))
        self.budget()

    def budget(self) -> None:
        spent = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80.0}
        self.client("budgets").create_budget(
            AccountId=self.account,
            Budget={
                "BudgetName": f"{STACK}-{self.region}",
                "BudgetType": "COST",
                "TimeUnit": "MONTHLY",
                "BudgetLimit": {"Amount": "99.50", "Unit": "USD"},
                "CostFilters": {"TagKeyValue": [f"user:Stack${STACK}"]},
            },
            NotificationsWithSubscribers=[
                {
                    "Notification": spent,
                    "Subscribers": [{"SubscriptionType": "EMAIL", "Address": "kim@example.com"}],
                }
            ],
            ResourceTags=TAGS,
        )

    def secrets(self) -> None:
        self.client("secretsmanager").create_secret(Name=f"/{STACK}/app/key", SecretString=SECRET, Tags=TAGS)
        ssm = self.client("ssm")
        ssm.put_parameter(Name=f"/{STACK}/agent", Type="String", Value='{"metrics": {}}', Tags=TAGS)
        ssm.put_parameter(Name=f"/{STACK}/hidden", Type="SecureString", Value=SECRET, Tags=TAGS)
        note = [*TAGS, {"Key": "Role", "Value": "app"}]
        ssm.put_parameter(Name=f"/{STACK}/app/release", Type="String", Value='{"current": "3f2a"}', Tags=note)
