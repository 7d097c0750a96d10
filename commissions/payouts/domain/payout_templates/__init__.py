"""The layouts of payout files that come with Grove, one YAML file each. A brand's own layout of the same key takes
precedence."""

SHIPPED = ("alipay", "generic", "wechat")
