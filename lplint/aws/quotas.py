"""How long a policy is as AWS counts it."""

from __future__ import annotations

from json.encoder import encode_basestring

from lplint.model.node import Map, Scalar, Seq
from lplint.model.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lplint.model.node import Node


def characters(node: Node) -> int:
    """The characters of a policy document without the white space between its parts; what the text does not tell
    counts as nothing, so that this is a lower bound where something is unresolved.

    Source: AWS IAM User Guide, "IAM and AWS STS quotas", IAM character limits.
    """
    count = 0
    texts: list[Text] = []
    todo = [node]
    while todo:
        one = todo.pop()
        if isinstance(one, Text):
            texts.append(one)
        elif isinstance(one, Map):
            # Braces, a colon for each entry, and a comma between two.
            count += 2 + max(0, 2 * len(one.entries) - 1)
            for key, value in one.entries:
                texts.append(key)
                todo.append(value)
        elif isinstance(one, Seq):
            count += 2 + max(0, len(one.items) - 1)
            todo += one.items
        elif isinstance(one, Scalar):
            count += len(one.span.text)
    known = [text.value for text in texts if text.value is not None]
    count += sum(_least(text) for text in texts if text.value is None) if len(known) < len(texts) else 0
    # Each in quotes. What a character is written as does not depend on its neighbours, so all are taken at once.
    return count + 2 * len(known) + len(encode_basestring("".join(known))) - 2


def _least(text: Text) -> int:
    """The characters of what is known of a string, with its quotes."""
    return 2 + sum(len(encode_basestring(part)) - 2 for part in text.parts if isinstance(part, str))


# The most characters of a policy by its kind, without white space between the parts.
# Sources: AWS IAM User Guide, "IAM and AWS STS quotas"; AWS Organizations User Guide, "Quotas for AWS Organizations".
MANAGED = 6_144
INLINE = {"user": 2_048, "group": 5_120, "role": 10_240}
TRUST = 2_048
TRUST_AT_MOST = 8_192
SESSION = 2_048
SCP = 10_240
RCP = 5_120
# The most characters of a policy on a resource, by service; AWS counts bytes, of which a character has at least one.
# Sources: Amazon S3, Amazon SNS, AWS KMS, AWS Lambda, Amazon ECR, AWS Secrets Manager, Amazon VPC and Amazon SQS
# documentation, quotas.
RESOURCE = {
    "ecr": 10_240,
    "kms": 32_768,
    "lambda": 20_480,
    "s3": 20_480,
    "secretsmanager": 20_480,
    "sns": 30_720,
    "sqs": 8_192,
    "vpce": 20_480,
}
