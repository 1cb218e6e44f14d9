"""How schemathesis writes evidence, whose media types it does not know: as the octets that it made up."""

import schemathesis


@schemathesis.serializer('application/eat-collection; profile="http://arm.com/CCA-SSD/1.0.0"',
                         'application/eat-collection; profile="tag:arm.com,2023:cca_platform#1.0.0"',
                         'application/eat-cwt; profile="tag:arm.com,2023:cca_platform#1.0.0"',
                         'application/eat+cwt; eat_profile="tag:arm.com,2023:cca_platform#1.0.0"',
                         "application/eat-collection", "application/eat-cwt", "application/eat+cwt",
                         "application/vnd.veraison.cmw")
def octets(_context, value):
    return value if isinstance(value, bytes) else str(value).encode()
