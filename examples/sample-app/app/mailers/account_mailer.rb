class AccountMailer < ActionMailer::Base
  default from: -> { SampleApp::Settings.mail_from }

  # The link leads to the host that was set, never to one that a request named.
  def activation(user, protocol)
    @user = user
    @link = activation_url(token: user.activation_token, protocol: protocol)
    mail to: user.email, subject: t("mail.activation.subject")
  end
end
