class CreateUsers < ActiveRecord::Migration[5.1]
  def change
    create_table :users do |t|
      t.string :name, null: false, limit: 50
      t.string :email, null: false, limit: 190
      t.string :password_digest, null: false
      t.string :activation_digest, limit: 64
      t.datetime :activation_sent_at
      t.datetime :activated_at
      t.timestamps
    end
    add_index :users, :email, unique: true
    add_index :users, :activation_digest, unique: true
  end
end
