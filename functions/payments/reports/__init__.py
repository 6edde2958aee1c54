"""Reports for accounting: the ledger of the account, payouts, and GSTR-1."""
