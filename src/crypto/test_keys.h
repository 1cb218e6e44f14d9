// Keys made for these tests with OpenSSL 3.0, in every form in which its users keep them. They protect nothing.
#pragma once

#include <string_view>

namespace avouch::crypto::test_keys {

// openssl ecparam -name secp384r1 -genkey
inline constexpr std::string_view kEcSec1Pem = R"(-----BEGIN EC PARAMETERS-----
BgUrgQQAIg==
-----END EC PARAMETERS-----
-----BEGIN EC PRIVATE KEY-----
MIGkAgEBBDBnl3M5qjGTysUOcaLZhXRv/jIsXQKIvh9VqbfB2djkPKP4NZwx8VgE
vQSI3hEDYrqgBwYFK4EEACKhZANiAAT3laIJ8l+jIIeR7pXi7XM3+y9XG3V35FjD
5cz8b2hH3vcDVgDkkCe7MHESzUYVIX4XobkkRR37c8qhvyNq6lGAJGPOdiaXsLmj
q8bXD3/jvQg/EQWyLWOE8AGbPXm3vfc=
-----END EC PRIVATE KEY-----
)";

// the same key: openssl pkcs8 -topk8 -nocrypt
inline constexpr std::string_view kEcPkcs8Pem = R"(-----BEGIN PRIVATE KEY-----
MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDBnl3M5qjGTysUOcaLZ
hXRv/jIsXQKIvh9VqbfB2djkPKP4NZwx8VgEvQSI3hEDYrqhZANiAAT3laIJ8l+j
IIeR7pXi7XM3+y9XG3V35FjD5cz8b2hH3vcDVgDkkCe7MHESzUYVIX4XobkkRR37
c8qhvyNq6lGAJGPOdiaXsLmjq8bXD3/jvQg/EQWyLWOE8AGbPXm3vfc=
-----END PRIVATE KEY-----
)";

// openssl ec -pubout
inline constexpr std::string_view kEcPublicPem = R"(-----BEGIN PUBLIC KEY-----
MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE95WiCfJfoyCHke6V4u1zN/svVxt1d+RY
w+XM/G9oR973A1YA5JAnuzBxEs1GFSF+F6G5JEUd+3PKob8jaupRgCRjznYml7C5
o6vG1w9/470IPxEFsi1jhPABmz15t733
-----END PUBLIC KEY-----
)";

// ... -conv_form compressed
inline constexpr std::string_view kEcPublicCompressedPem = R"(-----BEGIN PUBLIC KEY-----
MEYwEAYHKoZIzj0CAQYFK4EEACIDMgAD95WiCfJfoyCHke6V4u1zN/svVxt1d+RY
w+XM/G9oR973A1YA5JAnuzBxEs1GFSF+
-----END PUBLIC KEY-----
)";

// ... -param_enc explicit
inline constexpr std::string_view kEcPublicExplicitPem = R"(-----BEGIN PUBLIC KEY-----
MIIBzDCCAWQGByqGSM49AgEwggFXAgEBMDwGByqGSM49AQECMQD/////////////
/////////////////////////////v////8AAAAAAAAAAP////8wewQw////////
//////////////////////////////////7/////AAAAAAAAAAD////8BDCzMS+n
4j7n5JiOBWvj+C0ZGB2cbv6BQRIDFAiPUBOHWsZWOY2KLtGdKoXI7dPsKu8DFQCj
NZJqoxmieh0AiWpnc6SCes2scwRhBKqHyiK+iwU3jrHHHvMgrXRuHTtii6ebmFn3
QeCCVCo4VQLyXb9VKWw6VF44cnYKtzYX3kqWJixvXZ6Yv5KS3Cn49B29KJoUfOna
MRO18LjACmCxzh1+gZ16Qx18kOoOXwIxAP//////////////////////////////
/8djTYH0Ny3fWBoNskiwp3rs7BlqzMUpcwIBAQNiAAT3laIJ8l+jIIeR7pXi7XM3
+y9XG3V35FjD5cz8b2hH3vcDVgDkkCe7MHESzUYVIX4XobkkRR37c8qhvyNq6lGA
JGPOdiaXsLmjq8bXD3/jvQg/EQWyLWOE8AGbPXm3vfc=
-----END PUBLIC KEY-----
)";

// openssl ec -param_enc explicit
inline constexpr std::string_view kEcSec1ExplicitPem = R"(-----BEGIN EC PRIVATE KEY-----
MIIB+gIBAQQwZ5dzOaoxk8rFDnGi2YV0b/4yLF0CiL4fVam3wdnY5Dyj+DWcMfFY
BL0EiN4RA2K6oIIBWzCCAVcCAQEwPAYHKoZIzj0BAQIxAP//////////////////
///////////////////////+/////wAAAAAAAAAA/////zB7BDD/////////////
/////////////////////////////v////8AAAAAAAAAAP////wEMLMxL6fiPufk
mI4Fa+P4LRkYHZxu/oFBEgMUCI9QE4daxlY5jYou0Z0qhcjt0+wq7wMVAKM1kmqj
GaJ6HQCJamdzpIJ6zaxzBGEEqofKIr6LBTeOscce8yCtdG4dO2KLp5uYWfdB4IJU
KjhVAvJdv1UpbDpUXjhydgq3NhfeSpYmLG9dnpi/kpLcKfj0Hb0omhR86doxE7Xw
uMAKYLHOHX6BnXpDHXyQ6g5fAjEA////////////////////////////////x2NN
gfQ3Ld9YGg2ySLCneuzsGWrMxSlzAgEBoWQDYgAE95WiCfJfoyCHke6V4u1zN/sv
Vxt1d+RYw+XM/G9oR973A1YA5JAnuzBxEs1GFSF+F6G5JEUd+3PKob8jaupRgCRj
znYml7C5o6vG1w9/470IPxEFsi1jhPABmz15t733
-----END EC PRIVATE KEY-----
)";

// openssl pkcs8 -topk8 -nocrypt, of the one above
inline constexpr std::string_view kEcPkcs8ExplicitPem = R"(-----BEGIN PRIVATE KEY-----
MIICDAIBADCCAWQGByqGSM49AgEwggFXAgEBMDwGByqGSM49AQECMQD/////////
/////////////////////////////////v////8AAAAAAAAAAP////8wewQw////
//////////////////////////////////////7/////AAAAAAAAAAD////8BDCz
MS+n4j7n5JiOBWvj+C0ZGB2cbv6BQRIDFAiPUBOHWsZWOY2KLtGdKoXI7dPsKu8D
FQCjNZJqoxmieh0AiWpnc6SCes2scwRhBKqHyiK+iwU3jrHHHvMgrXRuHTtii6eb
mFn3QeCCVCo4VQLyXb9VKWw6VF44cnYKtzYX3kqWJixvXZ6Yv5KS3Cn49B29KJoU
fOnaMRO18LjACmCxzh1+gZ16Qx18kOoOXwIxAP//////////////////////////
/////8djTYH0Ny3fWBoNskiwp3rs7BlqzMUpcwIBAQSBnjCBmwIBAQQwZ5dzOaox
k8rFDnGi2YV0b/4yLF0CiL4fVam3wdnY5Dyj+DWcMfFYBL0EiN4RA2K6oWQDYgAE
95WiCfJfoyCHke6V4u1zN/svVxt1d+RYw+XM/G9oR973A1YA5JAnuzBxEs1GFSF+
F6G5JEUd+3PKob8jaupRgCRjznYml7C5o6vG1w9/470IPxEFsi1jhPABmz15t733
-----END PRIVATE KEY-----
)";

// PKCS#8 that names the curve, around the SEC 1 form that spells it out.
inline constexpr std::string_view kEcPkcs8ExplicitInsidePem = R"(-----BEGIN PRIVATE KEY-----
MIICFwIBADAQBgcqhkjOPQIBBgUrgQQAIgSCAf4wggH6AgEBBDBnl3M5qjGTysUO
caLZhXRv/jIsXQKIvh9VqbfB2djkPKP4NZwx8VgEvQSI3hEDYrqgggFbMIIBVwIB
ATA8BgcqhkjOPQEBAjEA//////////////////////////////////////////7/
////AAAAAAAAAAD/////MHsEMP//////////////////////////////////////
///+/////wAAAAAAAAAA/////AQwszEvp+I+5+SYjgVr4/gtGRgdnG7+gUESAxQI
j1ATh1rGVjmNii7RnSqFyO3T7CrvAxUAozWSaqMZonodAIlqZ3OkgnrNrHMEYQSq
h8oivosFN46xxx7zIK10bh07Younm5hZ90HgglQqOFUC8l2/VSlsOlReOHJ2Crc2
F95KliYsb12emL+Sktwp+PQdvSiaFHzp2jETtfC4wApgsc4dfoGdekMdfJDqDl8C
MQD////////////////////////////////HY02B9Dct31gaDbJIsKd67OwZaszF
KXMCAQGhZANiAAT3laIJ8l+jIIeR7pXi7XM3+y9XG3V35FjD5cz8b2hH3vcDVgDk
kCe7MHESzUYVIX4XobkkRR37c8qhvyNq6lGAJGPOdiaXsLmjq8bXD3/jvQg/EQWy
LWOE8AGbPXm3vfc=
-----END PRIVATE KEY-----
)";

// openssl ec -aes128
inline constexpr std::string_view kEcEncryptedSec1Pem = R"(-----BEGIN EC PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED
DEK-Info: AES-128-CBC,A1D58488D7A66EB7B2942AB0FAE0608B

ygE/wWuzIbW8Dj1v2O62U+5+3sE3oV4xv3no6q4/RRddeR6zEl5yu362N3XP1wuH
Epyizz1aEM1pK5GbF3YMzW8vbBZkETHmD9v70TOlO6mN8SPxzsYPd4J9KkOFLU57
99MhQWhUA0glfkqciI96nJJSPJnLRn3J37JIYy5FBFYbLphCgI5H/xA/Xf6sC+Kc
46cVX0TdB+0ttgeB1dNpJ1PKs4uBB+h/wlYhWuEyxDk=
-----END EC PRIVATE KEY-----
)";

// openssl pkcs8 -topk8
inline constexpr std::string_view kEcEncryptedPkcs8Pem = R"(-----BEGIN ENCRYPTED PRIVATE KEY-----
MIIBHDBXBgkqhkiG9w0BBQ0wSjApBgkqhkiG9w0BBQwwHAQImg3KjNMbLhICAggA
MAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAEqBBA2zwV/iyJI6FlcE2WIr1x5BIHA
Lq6leoq+yDx9yCs2TDCKFWqXfFK9kiR1VC4xbTfWxOLwlDFaxY2Mx9wH37cvnSxR
VhoF1376L+c5YsZ5IczKnxdsyD8zxh8j8VbLFA/jopbtVusF94+kSWdvg5fWPleh
ptbH7x8hES7bWtGbPgsT6x98eCSrzIjj+AEQrGRkrkzg4S7PW2HkuIEq42g+NEWd
TncY9CA+2MZ5M9Wi7QL97MMP1YEmIo2KYBqaV1uThScjcuFF1TaMrsFWjqA6Cpwj
-----END ENCRYPTED PRIVATE KEY-----
)";

// openssl genrsa -traditional 2048
inline constexpr std::string_view kRsaPkcs1Pem = R"(-----BEGIN RSA PRIVATE KEY-----
MIIEowIBAAKCAQEAncchvJ2SRJIGEYTpr6U4sKtNSMP2NwfWaRBIoP0QFrZ+aihV
lYMzgQkNEuH42OmlPSXdc5S8hhBiNBJvjtW2oY2w4ADbZFyKtQZlnRCq4HXV6m8k
qhrRXiGHrD93cvddFRxJylzuUEOOCkNeJ9I6SzSG5JwxB7iJvxRb0WFGOwImFMmP
kTb65IWuup3isxxYEgmjogROwgh+ueNWZlBxIfMZPmGxCUAcUP4g6xKH0zk7nju3
w91IWrrhdXR34hyIVZsgsZfgghcuGHzUmNHE5SHL+C/IHNBOV5OyFTyn5YJo79Ds
ajXlm2c/0smd6NK0aNKTxCsavFsFSq3sBpkHpwIDAQABAoIBAD2vaX67IkEB0DKQ
Qubjk0brKlONHdmFDGxWK/cZCW2/2qu5akCCo6PKvJxJ0cdIjcxa3fo+x/goNqTC
InB3GKiP43uoih3yWl6NCjQ+nHgWSdSWsIB67Kk/NbJ/u70sfe1vemAONjQWPVXA
4fJyrEzT0/tUH40ztlMI7B7vx4vw3XT6SrCNIIkCeRT6eNsLec7mjhOGsUMGvMq9
eK4CpXCIuy0rdLiXmiRpOZQXRvJa5gAXUpo/VOWmSD8W/aMknyrqASmVHtUvXch7
AF+DX8ienOkRM8pgGVXUk6UN3Aq3twKAPxu4UKN8dm4oHXTUEMkIQ8u2uP3rCcWO
FxWsUiECgYEAy+ce6BZOfdQZbkwXwCAYK7z048pdi5n7ckSapAWBQYO535XUFUfZ
FwmrWte+Jt6kiceBrKtP2n1ZPjXG5g11JOpuRfDQnvrRyiKPAUgB6EEjSqc1k+H8
kM1x5B0csVkW4s+1keE61+ZxGUs6IzElM6ptaW41Qy2jZ+oU9rxlHYcCgYEAxhcR
qXmUxrfSFhWd10Pq4cJWHf5rbn0Z6gdT9nLR+qNISjW5Br73YaMmIhEF6EZveU22
w6hyV23/XC/+kjlXwA/WuXTY5XTOJ9R9lKAo5Um+mJQ9+xqudL/PjVb4sQ8OwNER
mePFir+8bVTDwJYulVRkkU98XylyKfU1UHjaTOECgYB51+A2G65HroiLylie7A7F
hCJqRDDmDNueirRFsyxr88UMgEG9fbOR+qs0m5r7KyvzUQ6CGdSb4S+E5ym1qvEH
YDcJAEAJ4COgwEnoIBlTqijmoUh42B/Of5XBFExjBbORUUFUrNw2y3NmA/f3s5Rh
bUP4Lm0ReaIdpFlmn2lk3QKBgEuKQJIAa1vcfaEuXSLaI5g0I+MMQqu/yUIVyU8S
OkD6Q3cJRaXs7SmurbwQAdCyC5CWsjuq4O+2YsslAk+AzpXPdHMEvDHEeVl3Duy+
ptnJZYWKApjfc+fRvbSIlg3vUBD3qV6mHY7rz09iI8QtgVYw+KjxRtyDUaXufIZT
j+wBAoGBAKUD6RjAY53ujeat7GYuUyb5LBmJhOAPREyZVvPvq52Zhb4QkDzF1gUh
zkW5EB9gZkW3a18F4Fogl9bPX2MMk/s8pY3lNbxAUgkMGQzgkcFeYEA+H5V9TWq1
aV7k4b0hehvdnLJTCTwzH7Np0NhNAmggwMmWXsNQVZqlr7p2mHVI
-----END RSA PRIVATE KEY-----
)";

// the same key: openssl pkcs8 -topk8 -nocrypt
inline constexpr std::string_view kRsaPkcs8Pem = R"(-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCdxyG8nZJEkgYR
hOmvpTiwq01Iw/Y3B9ZpEEig/RAWtn5qKFWVgzOBCQ0S4fjY6aU9Jd1zlLyGEGI0
Em+O1bahjbDgANtkXIq1BmWdEKrgddXqbySqGtFeIYesP3dy910VHEnKXO5QQ44K
Q14n0jpLNIbknDEHuIm/FFvRYUY7AiYUyY+RNvrkha66neKzHFgSCaOiBE7CCH65
41ZmUHEh8xk+YbEJQBxQ/iDrEofTOTueO7fD3UhauuF1dHfiHIhVmyCxl+CCFy4Y
fNSY0cTlIcv4L8gc0E5Xk7IVPKflgmjv0OxqNeWbZz/SyZ3o0rRo0pPEKxq8WwVK
rewGmQenAgMBAAECggEAPa9pfrsiQQHQMpBC5uOTRusqU40d2YUMbFYr9xkJbb/a
q7lqQIKjo8q8nEnRx0iNzFrd+j7H+Cg2pMIicHcYqI/je6iKHfJaXo0KND6ceBZJ
1JawgHrsqT81sn+7vSx97W96YA42NBY9VcDh8nKsTNPT+1QfjTO2UwjsHu/Hi/Dd
dPpKsI0giQJ5FPp42wt5zuaOE4axQwa8yr14rgKlcIi7LSt0uJeaJGk5lBdG8lrm
ABdSmj9U5aZIPxb9oySfKuoBKZUe1S9dyHsAX4NfyJ6c6REzymAZVdSTpQ3cCre3
AoA/G7hQo3x2bigddNQQyQhDy7a4/esJxY4XFaxSIQKBgQDL5x7oFk591BluTBfA
IBgrvPTjyl2LmftyRJqkBYFBg7nfldQVR9kXCata174m3qSJx4Gsq0/afVk+Ncbm
DXUk6m5F8NCe+tHKIo8BSAHoQSNKpzWT4fyQzXHkHRyxWRbiz7WR4TrX5nEZSzoj
MSUzqm1pbjVDLaNn6hT2vGUdhwKBgQDGFxGpeZTGt9IWFZ3XQ+rhwlYd/mtufRnq
B1P2ctH6o0hKNbkGvvdhoyYiEQXoRm95TbbDqHJXbf9cL/6SOVfAD9a5dNjldM4n
1H2UoCjlSb6YlD37Gq50v8+NVvixDw7A0RGZ48WKv7xtVMPAli6VVGSRT3xfKXIp
9TVQeNpM4QKBgHnX4DYbrkeuiIvKWJ7sDsWEImpEMOYM256KtEWzLGvzxQyAQb19
s5H6qzSbmvsrK/NRDoIZ1JvhL4TnKbWq8QdgNwkAQAngI6DASeggGVOqKOahSHjY
H85/lcEUTGMFs5FRQVSs3DbLc2YD9/ezlGFtQ/gubRF5oh2kWWafaWTdAoGAS4pA
kgBrW9x9oS5dItojmDQj4wxCq7/JQhXJTxI6QPpDdwlFpeztKa6tvBAB0LILkJay
O6rg77ZiyyUCT4DOlc90cwS8McR5WXcO7L6m2cllhYoCmN9z59G9tIiWDe9QEPep
XqYdjuvPT2IjxC2BVjD4qPFG3INRpe58hlOP7AECgYEApQPpGMBjne6N5q3sZi5T
JvksGYmE4A9ETJlW8++rnZmFvhCQPMXWBSHORbkQH2BmRbdrXwXgWiCX1s9fYwyT
+zyljeU1vEBSCQwZDOCRwV5gQD4flX1NarVpXuThvSF6G92cslMJPDMfs2nQ2E0C
aCDAyZZew1BVmqWvunaYdUg=
-----END PRIVATE KEY-----
)";

// openssl rsa -pubout
inline constexpr std::string_view kRsaPublicPem = R"(-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAncchvJ2SRJIGEYTpr6U4
sKtNSMP2NwfWaRBIoP0QFrZ+aihVlYMzgQkNEuH42OmlPSXdc5S8hhBiNBJvjtW2
oY2w4ADbZFyKtQZlnRCq4HXV6m8kqhrRXiGHrD93cvddFRxJylzuUEOOCkNeJ9I6
SzSG5JwxB7iJvxRb0WFGOwImFMmPkTb65IWuup3isxxYEgmjogROwgh+ueNWZlBx
IfMZPmGxCUAcUP4g6xKH0zk7nju3w91IWrrhdXR34hyIVZsgsZfgghcuGHzUmNHE
5SHL+C/IHNBOV5OyFTyn5YJo79DsajXlm2c/0smd6NK0aNKTxCsavFsFSq3sBpkH
pwIDAQAB
-----END PUBLIC KEY-----
)";

// openssl genrsa -traditional 1024
inline constexpr std::string_view kRsa1024Pem = R"(-----BEGIN RSA PRIVATE KEY-----
MIICXQIBAAKBgQDwqRkIsnbBV78AZvRoyjeTBRVC0bXPp6U1A1uCk2QpibLATw1W
cDRr93XZ/UMSYjI32t3nbBddhXXUp4EyDi2dkx0uU/2dQ8r0Z0lLnCgWX60ajsrB
nYgnohwrgzNUQfZFsUfTbjuT5CZp1cl+2RPIABMOAamb1w4tvJXvVq9cGQIDAQAB
AoGBAOAbR+GudyIiuQ4B0dYHgWsaT6syqJEgN5s/bicRZDO+M8QbmXsF7/serRN7
YcsrwEH9QalxIe0IDCskdQ4M3/HPtamLvqz/GY6Q4daBcqnAfxg++DMP/HdWSEoI
j4iektlQwKj4QpAowVsVjigdM1IGbsGxPV6RbvClmmdHyMR1AkEA+F+S+HQZdZUJ
wUAF61bKGJSh2kVr7QJIm6oY0HTv9kowqnb4MXgLdBUSd7kEBVrdjKX0ohous8TC
yMx3+L69cwJBAPgM5P+c7Mmy7vaOdzzUFixnuk5k5qVc3LgZGf9nd8eXQo29Rbqu
3jOqa42G1d0budKL9Y31N2RBvKWCS3oLXUMCQG64NE07fCn1cW7LepgJjXfdsjUa
I115WiLCdeNfbaVON1mWRVfQGtL5nczvFkLI2eCcDmzA3TbYLLjUpVqmtM8CQQCT
s5noWxjkQZfpWIvHvMI3TsyxQYPVk6YaOVgxrPq17mvC2qFauCW3vhKtA0z1jDzq
Ekz1ar7BBCPAqgUndvzhAkADvWnZ8sSGRB7kJ+lmDbhGJDwk4DzmyrHnkGR7H6W0
BPGiIfYk/hB3pwpRGXuHxs/6AKZqLxn8IYKi81JSmVey
-----END RSA PRIVATE KEY-----
)";

// openssl rsa -pubout
inline constexpr std::string_view kRsa1024PublicPem = R"(-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwqRkIsnbBV78AZvRoyjeTBRVC
0bXPp6U1A1uCk2QpibLATw1WcDRr93XZ/UMSYjI32t3nbBddhXXUp4EyDi2dkx0u
U/2dQ8r0Z0lLnCgWX60ajsrBnYgnohwrgzNUQfZFsUfTbjuT5CZp1cl+2RPIABMO
Aamb1w4tvJXvVq9cGQIDAQAB
-----END PUBLIC KEY-----
)";

// openssl genpkey -algorithm RSA-PSS
inline constexpr std::string_view kRsaPssPublicPem = R"(-----BEGIN PUBLIC KEY-----
MIIBIDALBgkqhkiG9w0BAQoDggEPADCCAQoCggEBALxgOyLAz3B88jwVPMnTamTn
SIp5cFRRXnsYJQ6tOnHwNgyNVKktlk3xnlUL+hYnIU5QQKA7BU0HmHrV/2gyHIQ2
kRpZOiW9W0BpkC12cJLqRSBaWCKHmKBlPxMycwc/7WFKjhXdSzMmXJTjYALJAt7v
Sf+me2QXVgqaAE6PnAW8TO6phkXetLdEWQrA5M2TAaylICrKR4UQzUc76dxoxDVP
KK0VCao2GYQ++DPa6hJVpbQqO08WJN5YmtdcYCAvJX0qCoUiktKBZe6ITvi2fw2V
eLJh21jt5fnPHa1fOyOgDm7qRP/ixc7AcGY157za7k+bEhQUKcTftHgAEsYJMXUC
AwEAAQ==
-----END PUBLIC KEY-----
)";

// openssl genpkey -algorithm ed25519
inline constexpr std::string_view kEd25519Pem = R"(-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINpXQY3U3WNoRbxKWcewI1nD75+mQKhtxvz44pDqDAhb
-----END PRIVATE KEY-----
)";

// openssl pkey -pubout
inline constexpr std::string_view kEd25519PublicPem = R"(-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAOsAX+Ov0MFzbKEvih8R6lrR/Cj71bVYflZle8XLQLn4=
-----END PUBLIC KEY-----
)";

// openssl genpkey -algorithm x25519
inline constexpr std::string_view kX25519Pem = R"(-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VuBCIEIJi4iDD8dXgLyPl6ZgxeIXldFO3r/Y3nFJAE7krPpz1R
-----END PRIVATE KEY-----
)";

// openssl ecparam -name secp256k1 -genkey -noout
inline constexpr std::string_view kSecp256k1Pem = R"(-----BEGIN EC PRIVATE KEY-----
MHQCAQEEIJLZdowxB/FDDcoTgxlMfCd8Adr5efZ3NZZBubugPqMwoAcGBSuBBAAK
oUQDQgAE8PUWlr558sH+EzDi324vE8Dk8pPeTuJc28NDkHjJQx5Qo7yj7gDqBctM
qRqPkbEGhATREgJ32I6A++cewxJa9w==
-----END EC PRIVATE KEY-----
)";

// openssl ec -pubout
inline constexpr std::string_view kSecp256k1PublicPem = R"(-----BEGIN PUBLIC KEY-----
MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAE8PUWlr558sH+EzDi324vE8Dk8pPeTuJc
28NDkHjJQx5Qo7yj7gDqBctMqRqPkbEGhATREgJ32I6A++cewxJa9w==
-----END PUBLIC KEY-----
)";

}  // namespace avouch::crypto::test_keys
