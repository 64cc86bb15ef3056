# ---- EDIT HERE. The other files of this folder need no change. A variable of the environment takes precedence. ----
STACKS="${STACKS:-prod}"                     # the stacks, separated by blanks, in the order of their deployment
INFRA="${INFRA:-infra}"                      # the folder with Pulumi.yaml
MAX_DELETES="${MAX_DELETES-3}"               # more deletions (a number, or 10%) are refused; empty: no limit
POLICIES="${POLICIES-}"                      # the folder of a policy pack, such as policies; empty: none
PROTECTED="${PROTECTED-}"                    # never deleted, by name: "townhall support-*"; the label does not help
# --------------------------------------------------------------------------------------------------------------------
