"""The normal linear model for repeated measures with a residual covariance over visits."""
