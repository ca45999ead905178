"""Which addresses are on the open internet, in every spelling that a resolver may give."""

import pytest

from libs.common.egress import is_public


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",  # noqa: S104 -- an address to refuse
        "169.254.169.254", "100.64.0.1", "100.100.100.200", "198.18.0.1", "255.255.255.255", "224.0.0.1", "240.0.0.1",
        "192.0.2.1", "203.0.113.9", "192.88.99.1",
        "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::7f00:1",
        "2002:7f00:1::", "2001:0:7f00:1::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1",
        "fec0::1", "5f00::1", "4000::1", "1fff::1", "100::1", "100:0:0:1::1", "400::1", "a000::1",
    ],
)  # fmt: skip
def test_it_is_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "1.1.1.1", "172.32.0.1", "192.88.98.255", "2606:4700::1111", "2a00:1450:4001::8a", "2c0f:f248::1"],
)
def test_it_is(address: str) -> None:
    assert is_public(address)
