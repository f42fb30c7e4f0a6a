"""The guide for HAProxy and nginx, with both of them."""
from conftest import ROOT
from test_guides import follow, shell  # noqa: F401 - a fixture is used by its name


def test_behind_haproxy_and_nginx(shell):  # noqa: F811
    follow(shell, ROOT / "docs/guides/behind-a-proxy.md")
