"""The seller's account at the gateway, recorded from the gateway's lists."""
