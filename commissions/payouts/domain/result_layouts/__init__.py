"""The layouts of result files that come with Grove, one YAML file each. A brand's own layout of the same key takes
precedence."""

SHIPPED = ("alipay", "cmb", "generic")
