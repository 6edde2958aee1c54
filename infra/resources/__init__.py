"""The resources of the stacks: one CDK construct per module."""
